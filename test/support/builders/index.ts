export { aNode, generousLimits, lineEncoder, type Listener, type Node } from './a-node.js';
export { aClient, aSession, lineProtocol, type OpenedSession, type SessionDetails } from './a-session.js';
export { anEvent, toEverybody, toNobody, toUser, type EventDetails } from './an-event.js';
export { FakeClock } from './fake-clock.js';
export { FakeConnection } from './fake-connection.js';
export { ManualSchedule } from './manual-schedule.js';
export { textOf } from './text-of.js';
