const COLOURS = { plain: 0, dim: 2, bold: 1, cyan: 36, green: 32, yellow: 33 };

export type Paint = (colour: keyof typeof COLOURS, text: string) => string;

/** @param colours whether the terminal shows them; otherwise text stays as it is */
export function painter(colours: boolean): Paint {
  return (colour, text) => (colours ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text);
}
