import { Transform, type TransformCallback } from "node:stream";
import { createGunzip, type Gunzip } from "node:zlib";
import { Decompress } from "fzstd";
import { Refusal, refuse } from "../../platform/refusal.ts";
import { isZstd } from "./other-formats.ts";

/** How much larger than itself a packed file may become, once it has unpacked to more than `freeBytes`. */
const ratioMax = 300;
const freeBytes = 64 * 1024 * 1024;
/** Unpacked bytes of one file. */
const unpackedMax = 256 * 1024 ** 3;

/** Bytes of a packed chunk that are unpacked at a time: what comes of them is held in memory. */
const pieceBytes = 16 * 1024;

/**
 * Passes a file on: as it is where it is plain or gzip, unpacked where it is zstd. Of a packed one what comes out is
 * counted; one that unpacks to far more than any table would is refused, long before it fills the disk.
 * Refuses file.bomb, file.zstd_broken.
 */
export function unpackedWithin(name: string): Transform {
  let packed = 0;
  let unpacked = 0;
  let way: "plain" | "gzip" | "zstd" | undefined;
  let start: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let zstd: Decompress | undefined;
  let gunzip: Gunzip | undefined;
  const count = (bytes: number) => {
    unpacked += bytes;
    if (unpacked <= freeBytes) return;
    if (unpacked > unpackedMax || unpacked > packed * ratioMax) {
      refuse(
        "too_large",
        "file.bomb",
        `The file ${name} unpacks to more than ${ratioMax} times its size, which no table does. Send it unpacked.`,
        { name, times: ratioMax },
      );
    }
  };
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (way === undefined) {
        start = Buffer.concat([start, chunk]);
        // Four bytes tell what it is; a shorter file is none of these.
        if (start.length < 4) {
          done();
          return;
        }
        begin();
        take(start, done);
        return;
      }
      take(chunk, done);
    },
    flush(done) {
      try {
        if (way === undefined && start.length) this.push(start);
        if (zstd) zstd.push(new Uint8Array(0), true);
      } catch (error) {
        done(told(error, name));
        return;
      }
      if (!gunzip || gunzip.destroyed) {
        done(failure);
        return;
      }
      gunzip.once("close", () => done(failure));
      gunzip.end();
    },
    destroy(error, done) {
      gunzip?.destroy();
      done(error);
    },
  });
  let failure: Error | undefined;

  function begin(): void {
    way = isZstd(start) ? "zstd" : start[0] === 0x1f && start[1] === 0x8b ? "gzip" : "plain";
    if (way === "zstd") {
      zstd = new Decompress((part) => {
        count(part.length);
        if (part.length) stream.push(Buffer.from(part));
      });
    }
    if (way === "gzip") {
      gunzip = createGunzip();
      gunzip.on("data", (part: Buffer) => {
        try {
          count(part.length);
        } catch (error) {
          failure = error as Error;
          gunzip?.destroy();
        }
      });
      // A damaged file is told of when it is looked at.
      gunzip.on("error", () => {});
    }
  }

  function take(chunk: Buffer, done: TransformCallback): void {
    packed += chunk.length;
    if (failure) done(failure);
    else if (way === "plain") done(null, chunk);
    else if (way === "gzip") takeGzip(chunk, done);
    else takeZstd(chunk, done);
  }

  /** Goes on when what came before was counted, or when there is nothing to count any more. */
  function takeGzip(chunk: Buffer, done: TransformCallback): void {
    const go = () => {
      gunzip!.off("drain", go);
      gunzip!.off("close", go);
      done(failure ?? null, chunk);
    };
    if (gunzip!.destroyed || gunzip!.write(chunk)) {
      go();
      return;
    }
    gunzip!.once("drain", go);
    gunzip!.once("close", go);
  }

  function takeZstd(chunk: Buffer, done: TransformCallback): void {
    try {
      for (let at = 0; at < chunk.length; at += pieceBytes)
        zstd!.push(new Uint8Array(chunk.subarray(at, at + pieceBytes)));
      done();
    } catch (error) {
      done(told(error, name));
    }
  }
  return stream;
}

/** What went wrong as a refusal: the library throws texts of its own. */
function told(error: unknown, name: string): Error {
  if (error instanceof Refusal) return error;
  return new Refusal(
    "invalid",
    "file.zstd_broken",
    `The file ${name} is a damaged zstd file. Pack or download it again.`,
    { name },
  );
}
