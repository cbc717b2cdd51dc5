/** What follows the path of a step of a multi or a multiRead, by the number of its kind. */
const FIELDS: Readonly<Record<number, readonly Field[]>> = {
  1: ['buffer', 'acl', 'int'],
  2: ['int'],
  4: ['bool'],
  5: ['buffer', 'int'],
  8: ['bool'],
  13: ['int'],
  15: ['buffer', 'acl', 'int'],
  19: ['buffer', 'acl', 'int'],
  21: ['buffer', 'acl', 'int', 'long'],
};

type Field = keyof typeof SIZES | 'buffer' | 'acl';

const SIZES = { bool: 1, int: 4, long: 8 };

/** Kind, whether it is the end, error. */
const STEP_HEADER_BYTES = 9;

/** How many steps a multi or a multiRead has, of whose request this is what follows the header. */
export function countSteps(body: Buffer): number {
  let at = 0;
  for (let count = 0; ; count += 1) {
    const fields = FIELDS[body.readInt32BE(at)] ?? [];
    if (body[at + 4] === 1) return count;
    at = afterBuffer(body, at + STEP_HEADER_BYTES);
    for (const field of fields) at = after(field, body, at);
  }
}

function after(field: Field, body: Buffer, at: number): number {
  if (field === 'buffer') return afterBuffer(body, at);
  return field === 'acl' ? afterAcl(body, at) : at + SIZES[field];
}

function afterBuffer(body: Buffer, at: number): number {
  return at + SIZES.int + Math.max(0, body.readInt32BE(at));
}

/** Of each entry permissions, scheme and id. */
function afterAcl(body: Buffer, start: number): number {
  let at = start + SIZES.int;
  for (let left = body.readInt32BE(start); left > 0; left -= 1) {
    at = afterBuffer(body, afterBuffer(body, at + SIZES.int));
  }
  return at;
}
