/** The words of a flag that holds several; none of an empty one. */
export function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}
