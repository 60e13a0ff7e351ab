import type { Client } from "../admission/client.ts";
import type { Endpoint } from "../dispatch/dispatcher.ts";
import type { RpcServices } from "../methods/method.ts";

const GROUP_PREFIX = "/group/";

/**
 * What a URL path stands for: `/` is the default group, `/group/<id>` and `/group/<id>/` one group. Anything after the prefix that is not
 * a served group, well formed or not, is the same unknown group; null is no endpoint at all.
 */
export function resolveEndpoint(
  url: string,
  services: RpcServices,
  defaultGroup: number | undefined,
  client: Client,
): Endpoint | null {
  const path = url.split("?", 1)[0]!;
  const { directory } = services;
  if (path === "/") {
    const group = defaultGroup === undefined ? directory.list()[0] : directory.get(defaultGroup);
    return { services, group, client };
  }
  if (!path.startsWith(GROUP_PREFIX)) return null;
  const id = path.slice(GROUP_PREFIX.length);
  const [, digits] = /^([1-9][0-9]{0,4})\/?$/.exec(id) ?? [];
  const group = digits === undefined ? undefined : directory.get(Number(digits));
  return group === undefined ? "unknown-group" : { services, group, client };
}
