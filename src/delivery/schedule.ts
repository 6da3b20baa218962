/** Runs a task in the next turn of the event loop, after the input that is already there. */
export type Schedule = (task: () => void) => void;
