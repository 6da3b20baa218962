const NEWLINE = 0x0a;

/** Cuts bytes into lines, wherever the pieces they come in end. */
export class LineReader {
  #pieces: Buffer[] = [];
  #pending = 0;

  /** Bytes of the line that has not ended yet. */
  get pending(): number {
    return this.#pending;
  }

  /** @returns the lines that end in this piece, without their newlines */
  push(piece: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      this.#keep(piece.subarray(start, end));
      lines.push(this.rest());
      start = end + 1;
    }
    this.#keep(piece.subarray(start));
    return lines;
  }

  /** Takes out what came behind the last newline. */
  rest(): Buffer {
    const [only = Buffer.alloc(0)] = this.#pieces;
    const line = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : only;
    this.#pieces = [];
    this.#pending = 0;
    return line;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#pending += piece.length;
  }
}
