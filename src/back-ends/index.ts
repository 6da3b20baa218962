export { BackEndLine, type Answer, type LineOptions, type Question } from './back-end-line.js';
