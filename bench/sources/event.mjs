/** What begins and ends the marker that the load generator counts; filler must not hold it. */
const MARK = '@';
const FILLER = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A JSON payload of exactly `size` bytes that says when it was made. */
export function stampedPayload(size) {
  const head = `{"at":"${MARK}T${process.hrtime.bigint()}${MARK}","text":"`;
  const room = Math.max(0, size - head.length - 2);
  return `${head}${fillerOf(room)}"}`;
}

const fillers = new Map();

function fillerOf(length) {
  let filler = fillers.get(length);
  if (filler === undefined) fillers.set(length, (filler = FILLER.repeat(length / FILLER.length + 1).slice(0, length)));
  return filler;
}
