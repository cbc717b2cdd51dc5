/**
 * Names without a region that the IANA database has. Node knows more (PST, IST, ...), each of them
 * a guess: IST is India here and Israel there. CronJob refuses those, and so do we.
 */
const NAMES_WITHOUT_REGION: ReadonlySet<string> = new Set(
  `CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong
  Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT
  Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu`.split(/\s+/),
);

const REGIONS: ReadonlySet<string> = new Set(
  `Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian
  Mexico Pacific US`.split(/\s+/),
);

/**
 * Opens a zone of the IANA database. Upper and lower case count, as they do where the database is
 * a tree of files: CronJob refuses `europe/madrid`.
 *
 * @returns a format that ends with the offset from UTC; undefined if there is no zone of this name
 */
export function openZone(name: string): Intl.DateTimeFormat | undefined {
  if (!isSpelledLikeAZone(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    return isSpelledAsListed(name, format) ? format : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A region and places with a capital first (`New_York`, `GMT+5`, `NSW`), or a name of its own. */
function isSpelledLikeAZone(name: string): boolean {
  const [region = '', ...places] = name.split('/');
  if (places.length === 0) return NAMES_WITHOUT_REGION.has(name);
  return REGIONS.has(region) && places.every((place) => /^[A-Z][A-Za-z0-9_+-]*$/.test(place));
}

/** Node does not mind case; where it says how a name is really written, ours must be that. */
function isSpelledAsListed(name: string, format: Intl.DateTimeFormat): boolean {
  const { timeZone } = format.resolvedOptions();
  return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
}
