import { describe, expect, it } from 'vitest';
import { createReceipts } from '../../../src/store/audit/receipt.ts';
import { deriveSecrets } from '../../../src/store/keys/secrets.ts';

const ada = { customerId: 'acme', customerPersonId: 'ada@customer.example' };

describe('an erasure receipt', () => {
  const receipts = createReceipts(deriveSecrets(Buffer.alloc(32, 1)));
  const receipt = receipts.issue(ada, 1_700_000_000_123.9);

  it('is genuine for the person it was issued for, and tells when they were gone', () => {
    expect(receipts.verify(receipt, ada)).toEqual({ isGenuine: true, erasedAt: 1_700_000_000_123 });
    expect(receipts.verify(` ${receipt}\n`)).toMatchObject({ isGenuine: true });
  });

  it('names nobody', () => {
    expect(receipt).not.toMatch(/ada|acme|customer/);
  });

  it('is about no other person, and not about the same id of another customer', () => {
    for (const other of [
      { ...ada, customerPersonId: 'bob' },
      { ...ada, customerId: 'other' },
    ])
      expect(receipts.verify(receipt, other)).toEqual({
        isGenuine: false,
        problem: 'The receipt is about another person.',
      });
  });

  it('is nothing once a single character of it was changed', () => {
    const last = receipt.length - 1;
    for (let at = 0; at < last; at++) {
      const other = receipt[at] === '1' ? '2' : '1';
      const forged = `${receipt.slice(0, at)}${other}${receipt.slice(at + 1)}`;
      expect(receipts.verify(forged).isGenuine, forged).toBe(false);
    }
  });

  it('of another store, or no receipt at all, is told as such', () => {
    const others = createReceipts(deriveSecrets(Buffer.alloc(32, 2)));
    expect(others.verify(receipt).problem).toMatch(/Another store/);
    for (const text of ['', 'v1', 'x'.repeat(300)])
      expect(receipts.verify(text).problem).toMatch(/not an erasure/);
  });
});
