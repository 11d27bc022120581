import { isIPv4, isIPv6 } from "node:net";

/** Addresses of IPv4 stand among those of IPv6 as ::ffff:a.b.c.d. */
const mapped = 0xffffn << 32n;

/** An address as one number of 128 bits; undefined for what is none. */
function numberOf(address: string): bigint | undefined {
  if (isIPv4(address)) return mapped | v4(address);
  if (!isIPv6(address) || address.includes("%")) return undefined;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const low = dotted ? v4(dotted[2]!) : undefined;
  const text =
    dotted && low !== undefined
      ? `${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`
      : address;
  const [head = "", tail] = text.split("::");
  const parts = (half: string) => (half ? half.split(":") : []);
  const left = parts(head);
  const right = tail === undefined ? [] : parts(tail);
  const all =
    tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return all.reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
}

const v4 = (address: string) => address.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);

/** Whether a text is an address, or a range of them such as 203.0.113.0/24. */
export const isNetwork = (text: string) => rangeOf(text) !== undefined;

function rangeOf(text: string): [bigint, bigint] | undefined {
  const [address = "", length, more] = text.trim().split("/");
  const number = numberOf(address);
  if (number === undefined || more !== undefined) return undefined;
  const bits = isIPv4(address) ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  const kept = length === undefined ? bits : Number(length);
  if (kept > bits) return undefined;
  const free = BigInt(bits - kept);
  const first = (number >> free) << free;
  return [first, first + (1n << free) - 1n];
}

/** Ranges of addresses, found in logarithmic time: lists of datacentres have thousands. */
export class Networks {
  readonly #first: bigint[] = [];
  readonly #last: bigint[] = [];

  constructor(texts: readonly string[]) {
    const ranges = texts.flatMap((text) => {
      const range = rangeOf(text);
      return range ? [range] : [];
    });
    for (const [first, last] of ranges.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))) {
      const before = this.#last.at(-1);
      if (before !== undefined && first <= before + 1n) {
        if (last > before) this.#last[this.#last.length - 1] = last;
        continue;
      }
      this.#first.push(first);
      this.#last.push(last);
    }
  }

  has(address: string): boolean {
    if (!this.#first.length) return false;
    const number = numberOf(address);
    if (number === undefined) return false;
    let low = 0;
    let high = this.#first.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#first[middle]! <= number) low = middle + 1;
      else high = middle;
    }
    return low > 0 && number <= this.#last[low - 1]!;
  }
}
