import { bgNbd, byNames, paretoNbd } from "../models/src/index.ts";
import { cohort, fitAndPredict } from "./models.ts";

// Run by bench/models.ts with the name of a model: prints the megabytes that this process needed at most.
const model = [byNames(bgNbd), byNames(paretoNbd)].find(({ name }) => name === process.argv[2]);
if (!model) throw new Error(`There is no model ${process.argv[2]}.`);
fitAndPredict(model, cohort(1_000_000).histories);
process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)));
