import config from "./jest.config.mjs";

/**
 * The faults in earnest, for an hour and more: 200 times kill -9, 500 terminated backends, a full
 * disk, a soak of SOAK_MINUTES (60).
 *
 * @type {import("jest").Config}
 */
export default {
  ...config,
  testMatch: ["<rootDir>/test/faults/**/*.test.ts"],
  globals: { faults: "long" },
  testTimeout: 7_200_000,
};
