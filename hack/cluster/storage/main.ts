/** The provisioner's process: `node main.ts FOLDER` of one cluster. */
import { connectKube } from '../kube.ts';
import { kubeconfigOf, readCluster } from '../layout.ts';
import { obstacle, plainFolders, xfsDisks } from './disks.ts';
import { Provisioner } from './provisioner.ts';

const folder = process.argv[2] ?? '';
const cluster = readCluster(folder);
if (cluster === undefined) throw new Error(`there is no cluster in ${folder}`);

const ending = new AbortController();
const say = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
process.once('SIGTERM', () => {
  say('told to stop');
  ending.abort();
});
process.on('exit', (status) => say(`ends with status ${status}`));
const work = { say, signal: ending.signal };

const missing = await obstacle(work);
if (missing !== undefined) say(`volumes are plain folders without a limit: ${missing}`);
const kube = connectKube(kubeconfigOf(cluster));
await new Provisioner({ cluster, kube, disks: missing === undefined ? xfsDisks : plainFolders }, work).run();
await kube.close();
