import { join } from 'node:path';
import { defaultCacheDir } from './cache-dir.ts';
import { installJars } from './install-jars.ts';

/** The newest release whose dependencies Maven Central serves completely. */
export const defaultZooKeeperVersion = '3.9.5';

/**
 * What the server needs at run time but its POM marks as provided, and one logging back end for
 * all releases: they ask for log4j 1, reload4j, logback 1.2 or logback 1.3, each with its own
 * configuration file.
 */
const extraDependencies = [
  'org.slf4j:slf4j-api:1.7.36',
  'org.slf4j:slf4j-simple:1.7.36',
  'io.dropwizard.metrics:metrics-core:4.1.12.1',
  'org.xerial.snappy:snappy-java:1.1.10.5',
];

const exclusions = [
  'ch.qos.logback:*',
  'org.slf4j:slf4j-log4j12',
  'org.slf4j:slf4j-reload4j',
  'io.netty:netty-tcnative-boringssl-static',
  'com.github.spotbugs:*',
  'org.apache.maven.wagon:*',
  'jline:*',
];

/** What log4j 1.2.15, of the releases before 3.4, could do with, and no registry has any more. */
const lostDependencies = ['javax.jms:*', 'javax.mail:*', 'com.sun.jdmk:*', 'com.sun.jmx:*'];

function coordinates(spec: string): string {
  const [groupId, artifactId, version] = spec.split(':');
  const versionTag = version === undefined ? '' : `<version>${version}</version>`;
  return `<groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId>${versionTag}`;
}

function pomFor(version: string): string {
  const specs = version.startsWith('3.3.') ? [...exclusions, ...lostDependencies] : exclusions;
  const excluded = specs.map((spec) => `<exclusion>${coordinates(spec)}</exclusion>`);
  const extra = extraDependencies.map((spec) => `<dependency>${coordinates(spec)}</dependency>`);
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
${coordinates('local:zookeeper-server:1')}
<packaging>pom</packaging>
<dependencies>
<dependency>${coordinates(`org.apache.zookeeper:zookeeper:${version}`)}
<exclusions>${excluded.join('\n')}</exclusions></dependency>
${extra.join('\n')}
</dependencies>
</project>
`;
}

/**
 * Fetches the jars of a ZooKeeper server from Maven Central, once: later calls find them in the
 * cache.
 *
 * @param version for example `3.9.5`
 * @returns the directory that holds the jars, to be used as `-cp <directory>/*`
 */
export async function installZooKeeper(
  version: string = defaultZooKeeperVersion,
  { cacheDir = defaultCacheDir() }: { cacheDir?: string } = {},
): Promise<string> {
  return await installJars(pomFor(version), join(cacheDir, version));
}
