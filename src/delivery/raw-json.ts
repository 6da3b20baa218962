/*
 * Finds values in JSON text without parsing them, so that a payload goes out as its producer wrote it: numbers keep their
 * digits, keys their order. All of it expects text that JSON.parse has accepted.
 */

/** The text of each element, when the text is an array; else the whole text as the only one. */
export function elements(text: string): string[] {
  const start = skipSpace(text, 0);
  if (text[start] !== '[') return [text];
  const found: string[] = [];
  for (let at = skipSpace(text, start + 1); text[at] !== ']';) {
    const end = endOfValue(text, at);
    found.push(text.slice(at, end));
    at = afterComma(text, end);
  }
  return found;
}

/** The text of one member of an object; of the last one, as in JSON.parse, when the key stands there twice. */
export function member(object: string, key: string): string | undefined {
  let found: string | undefined;
  for (let at = skipSpace(object, skipSpace(object, 0) + 1); object[at] !== '}';) {
    const endOfKey = endOfValue(object, at);
    const start = skipSpace(object, object.indexOf(':', endOfKey) + 1);
    const end = endOfValue(object, start);
    if (JSON.parse(object.slice(at, endOfKey)) === key) found = object.slice(start, end);
    at = afterComma(object, end);
  }
  return found;
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first === '{' || first === '[') return endOfNested(text, start);
  let end = start;
  while (end < text.length && !',]} \t\n\r'.includes(text.charAt(end))) end++;
  return end;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}

function afterComma(text: string, end: number): number {
  const at = skipSpace(text, end);
  return text[at] === ',' ? skipSpace(text, at + 1) : at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (' \t\n\r'.includes(text.charAt(at)) && at < text.length) at++;
  return at;
}
