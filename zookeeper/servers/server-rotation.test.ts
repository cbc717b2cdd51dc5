import { describe, expect, test } from '@jest/globals';
import { ServerRotation } from './server-rotation.ts';

const servers = [1, 2, 3].map((port) => ({ host: 'h', port }));

function rotation(random: () => number = () => 0): ServerRotation {
  return new ServerRotation(servers, random);
}

describe('server rotation', () => {
  test('tries every server once per round', () => {
    const rotating = rotation(() => 0.9);
    const ports = Array.from({ length: 6 }, () => rotating.next().server.port);
    expect([...ports.slice(0, 3)].sort()).toEqual([1, 2, 3]);
    expect(ports.slice(3)).toEqual(ports.slice(0, 3));
  });

  test('pauses between rounds only, twice as long each time, up to a second', () => {
    const rotating = rotation();
    const delays = Array.from({ length: 18 }, () => rotating.next().delayMs);
    const roundStarts = [0, 50, 100, 200, 400, 500];
    expect(delays).toEqual(roundStarts.flatMap((delayMs) => [delayMs, 0, 0]));
  });

  test('spreads the pauses of many clients', () => {
    const rotating = new ServerRotation([{ host: 'h', port: 1 }], () => 0.999);
    rotating.next();
    expect(rotating.next().delayMs).toBeCloseTo(99.95);
  });

  test('starts over without a pause after success', () => {
    const rotating = rotation();
    for (let attempt = 0; attempt < 5; attempt++) rotating.next();
    rotating.succeeded();
    expect(rotating.next().delayMs).toBe(0);
  });
});
