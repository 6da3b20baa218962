export { LineLimiter } from './line-limiter.js';
export { UnusableAnswers } from './unusable-answers.js';
export { faultOfName, faultOfUserId } from './user-name.js';
