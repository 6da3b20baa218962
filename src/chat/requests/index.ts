export { addWrite, createWrite, leaveWrite, permitWrite, removeWrite } from './channel-writes.js';
export { userId, uuid } from './fields.js';
export { deleteWrite, editWrite, markWrite, positionsSeen, sendWrite, type Asking } from './message-writes.js';
export { channelsQuestion, messagesQuestion, presenceQuestion } from './questions.js';
