import { type Command, readArgs } from "./command.ts";
import { commandConfig } from "./connection.ts";

const options = {
  dev: { summary: "For work on Rondell itself: logs more." },
};

export const startCommand: Command = {
  name: "start",
  summary: "Start Rondell and print the address to open.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const config = commandConfig();
    const { serve } = await import("../start.ts");
    await serve(values.dev && config.logLevel === "info" ? { ...config, logLevel: "debug" } : config);
  },
};
