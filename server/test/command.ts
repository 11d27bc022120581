import type { Connection } from "../src/cli/connection.ts";
import type { TestGarden } from "./harness.ts";

/** Speaks to the garden's server as the command line does. */
export async function asCommand<T>(garden: TestGarden, work: (server: Connection) => Promise<T>): Promise<T> {
  const { openCommandSocket } = await import("../src/platform/command-socket.ts");
  const socket = await openCommandSocket(garden.dataDir, (request, reply) =>
    garden.app.http.routing(request, reply),
  );
  const { connect } = await import("../src/cli/connection.ts");
  try {
    return await work(connect(garden.dataDir, undefined));
  } finally {
    await socket.close();
  }
}
