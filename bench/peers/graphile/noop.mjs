// graphile-worker drains a queue of jobs that do nothing, by its public interface.
// It talks with the bench as the programs in bench/programs do: a line of JSON when it is ready, one when it is done.
import { createInterface } from "node:readline";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const asked = JSON.parse(process.argv[2]);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (word, about) => process.stdout.write(JSON.stringify({ [word]: about }) + "\n");
const quiet = new Logger(() => (level, message) => level === "error" && process.stderr.write(`${message}\n`));
const pgPool = new pg.Pool({ ...asked.connection, max: asked.pool });
const AT_ONCE = 5000;
const complain = (error) => process.stderr.write(`${error.message}\n`);
pgPool.on("error", complain);
pgPool.on("connect", (client) => client.on("error", complain));

const utils = await makeWorkerUtils({ pgPool, logger: quiet });
await utils.migrate();
for (let start = 0; start < asked.jobs; start += AT_ONCE) {
  const count = Math.min(AT_ONCE, asked.jobs - start);
  await utils.addJobs(Array.from({ length: count }, (_, i) => ({ identifier: "noop", payload: { number: start + i } })));
}

let done = 0;
let tell;
const allDone = new Promise((resolve) => (tell = resolve));
const taskList = {
  noop: async () => {
    done += 1;
    if (done === asked.jobs) tell();
  },
};

say("ready", {});
await lines.next();
const start = performance.now();
const runner = await run({
  pgPool,
  taskList,
  logger: quiet,
  noHandleSignals: true,
  preset: { worker: { concurrentJobs: asked.concurrency, maxPoolSize: asked.pool, ...asked.worker } },
});
await allDone;
// The last completions may still be on their way to the database.
await runner.stop();
say("done", { units: done, seconds: (performance.now() - start) / 1000 });
await lines.next();
process.exit(0);
