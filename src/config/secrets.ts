import type { Config } from './schema.ts';

/** Every password in the configuration, as written and decoded, also those that are written literally. */
export function passwordsIn(config: Config): string[] {
  const found = [
    config.mqtt.password,
    ...(config.mqtt.key?.includes('-----BEGIN ') ? [config.mqtt.key] : []),
    ...config.doors.flatMap(({ key, webhook }) => [key, webhook?.secret]),
    ...urlsIn(config).map(passwordOf),
  ].filter(secret => secret !== undefined && secret !== '') as string[];
  return found.flatMap(secret => [secret, decoded(secret)]);
}

function urlsIn({ mqtt, cameras, doors }: Config): string[] {
  const urls = [
    mqtt.url,
    ...cameras.flatMap(({ url, detectUrl }) => [url, detectUrl]),
    ...doors.map(({ webhook }) => webhook?.url),
  ];
  return urls.filter(url => url !== undefined);
}

/** Not `new URL`: a password that makes the URL unparsable must not reach a log either. */
function passwordOf(url: string): string | undefined {
  return /^[a-z]+:\/\/[^:/?#]*:(.*)@/i.exec(url)?.[1];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
