export { HttpDoor } from './http-door.js';
export { HttpModule } from './http.module.js';
export { answerPlainly, offers } from './plain-request.js';
