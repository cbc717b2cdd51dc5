import { describe, expect, test } from '@jest/globals';
import type { AclEntry } from '../tree/acl-set.ts';
import {
  closedControlRootAcl,
  controlDirAcl,
  controlRootAcl,
  isOpenToAll,
  OWN,
  ownersOf,
} from './control-acl.ts';

const world = (permissions: number): AclEntry => ({ permissions, scheme: 'world', id: 'anyone' });
const digest = (permissions: number, id = 'app:hash'): AclEntry => ({
  permissions,
  scheme: 'digest',
  id,
});

describe('the list of the control root', () => {
  test.each([
    { name: 'everybody, where all may create', above: [world(31)], shared: [world(13)] },
    { name: 'nobody else, where none may', above: [world(1), digest(3)], shared: [] },
    { name: 'those who may', above: [digest(31), world(1)], shared: [digest(13)] },
    { name: 'everybody, once', above: [digest(31), world(4)], shared: [world(13)] },
    { name: 'no digest that is hidden', above: [digest(31, 'app:x')], shared: [] },
    { name: 'nobody, where it cannot be read', above: [], shared: [] },
  ])('lets in $name', ({ above, shared }) => {
    expect(controlRootAcl(above)).toEqual([OWN, ...shared]);
  });

  test.each([
    { name: 'is left alone where it is not open', root: [digest(31), world(13)], closed: null },
    { name: 'loses what changes it', root: [world(31)], closed: [OWN, world(13)] },
    { name: 'keeps others', root: [world(16), digest(31)], closed: [OWN, digest(31)] },
  ])('$name', ({ root, closed }) => {
    expect(closedControlRootAcl(root)).toEqual(closed);
  });
});

test('what is below the control root is read by those who may create there, and no more', () => {
  expect(controlDirAcl([digest(31, 'me:hash'), world(13)])).toEqual([OWN, world(1)]);
  expect(controlDirAcl([digest(31), digest(1, 'reader:hash')])).toEqual([OWN, digest(1)]);
});

test.each([
  { acl: [world(1), digest(31)], isOpen: false },
  { acl: [world(2)], isOpen: true },
  { acl: [world(4)], isOpen: true },
  { acl: [world(8)], isOpen: true },
  { acl: [digest(31), world(17)], isOpen: true },
])('$acl is open to everybody: $isOpen', ({ acl, isOpen }) => {
  expect(isOpenToAll(acl)).toBe(isOpen);
});

test('owners are named without their hashes', () => {
  expect(ownersOf([digest(31), world(1), { permissions: 31, scheme: 'sasl', id: 'kafka' }])).toBe(
    'digest:app, sasl:kafka',
  );
  expect(ownersOf([world(1)])).toBe('nobody but a superuser');
});
