import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { clientAddress } from "../../src/http/client-address.js";
import { clientNetwork } from "../../src/limits/client-network.js";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8::", "2001:db8:0:0::/64"],
  ["2001:db8:1::2:3:4:5", "2001:db8:1:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["unknown", "unknown"],
])("%s counts as %s", (ip, network) => {
  expect(clientNetwork(clientAddress(ip))).toBe(network);
});

const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));

test("all addresses of a /64 count as one, and those of another as another", () => {
  const groups = fc.array(group, { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(groups, groups, groups, (network, host, other) => {
      const networkOf = (...parts: string[][]) =>
        clientNetwork(clientAddress(parts.flat().join(":")));
      expect(networkOf(network, host)).toBe(networkOf(network, other));
      expect(networkOf(network, host) === networkOf(other, host)).toBe(
        network.join() === other.join(),
      );
    }),
  );
});
