/** Systems whose own znodes must be left out of a copy. */
export const PRESETS = [
  'Kafka',
  'BookKeeper',
  'Pulsar',
  'ClickHouse',
  'Solr',
  'HBase',
  'NiFi',
  'Dubbo',
] as const;
export type Preset = (typeof PRESETS)[number];
