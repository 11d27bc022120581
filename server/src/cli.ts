import { attributionCommand } from "./cli/attribution.ts";
import { backupCommand } from "./cli/backup.ts";
import { clvBacktestCommand } from "./cli/clv/backtest.ts";
import { clvFitCommand } from "./cli/clv/fit.ts";
import { clvPredictCommand } from "./cli/clv/predict.ts";
import { type Command, CommandFailed, UsageError } from "./cli/command.ts";
import { consentVerifyCommand } from "./cli/consent.ts";
import { eraseCommand } from "./cli/erase.ts";
import { gardensCommand } from "./cli/gardens.ts";
import { helpOf, overview } from "./cli/help.ts";
import { importCommands } from "./cli/import.ts";
import { duplicatesCommand, insightRunCommand, sampleCommand } from "./cli/jobs.ts";
import { keysRotateCommand } from "./cli/keys.ts";
import { mailsCommand } from "./cli/mails.ts";
import { queryCommand } from "./cli/query.ts";
import { restoreCommand } from "./cli/restore.ts";
import { setupCommand, sourceCreateCommand, tokenCreateCommand } from "./cli/setup.ts";
import { startCommand } from "./cli/start.ts";
import { Refusal } from "./platform/refusal.ts";

const commands: readonly Command[] = [
  startCommand,
  setupCommand,
  sourceCreateCommand,
  tokenCreateCommand,
  ...importCommands,
  sampleCommand,
  insightRunCommand,
  duplicatesCommand,
  consentVerifyCommand,
  mailsCommand,
  queryCommand,
  attributionCommand,
  clvFitCommand,
  clvPredictCommand,
  clvBacktestCommand,
  eraseCommand,
  keysRotateCommand,
  backupCommand,
  restoreCommand,
  gardensCommand,
];

/** Runs one command and gives its exit code: 0 done, 1 failed, 2 wrong use. */
export async function run(args: readonly string[]): Promise<number> {
  const asksHelp = args.includes("--help") || args.includes("-h");
  const command = commands.find((one) => one.name.split(" ").every((word, at) => args[at] === word));
  if (!command) {
    if (!args.length || asksHelp || args[0] === "help") {
      process.stdout.write(overview(commands));
      return 0;
    }
    process.stderr.write(`There is no command "${args.slice(0, 2).join(" ")}".\n\n${overview(commands)}`);
    return 2;
  }
  if (asksHelp) {
    process.stdout.write(helpOf(command));
    return 0;
  }
  try {
    await command.run(args.slice(command.name.split(" ").length));
    return process.exitCode === 1 ? 1 : 0;
  } catch (error) {
    return told(error, command, args.includes("--json"));
  }
}

/** Says what went wrong, where a person or a program looks for it, and gives the exit code. */
function told(error: unknown, command: Command, asJson: boolean): number {
  const isUsage = error instanceof UsageError;
  const message = error instanceof Error ? error.message : String(error);
  // Without a server the verbs run in this process, and refuse with the codes that a server would answer.
  const hasCode = error instanceof CommandFailed || error instanceof Refusal;
  const code = isUsage ? "usage" : hasCode ? error.code : "failed";
  if (asJson) process.stderr.write(`${JSON.stringify({ error: { code, message } })}\n`);
  else process.stderr.write(isUsage ? `${message}\n\n${helpOf(command)}` : `${message}\n`);
  return isUsage ? 2 : 1;
}
