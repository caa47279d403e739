/** Width and height of a setting like "480x360", which the schema has checked. */
export function inputSize(text: string): { width: number; height: number } {
  const [width, height] = text.split('x').map(Number);
  return { width, height };
}
