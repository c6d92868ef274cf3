const shared = {
  testEnvironment: "node",
  // Jest would clean up happy-dom's documents too, which have setters of their own. Per process.
  testEnvironmentOptions: { globalsCleanup: "off" },
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: {
    "^.+\\.tsx?$": ["ts-jest", { useESM: true, tsconfig: "<rootDir>/tsconfig.json" }],
  },
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/example"],
};
const source = {
  "^@gatehouse/client$": "<rootDir>/src/index.ts",
  "^@gatehouse/client/server$": "<rootDir>/src/server.ts",
  "^@gatehouse/client/(apollo|react)$": "<rootDir>/src/$1/index.ts",
  "^(\\.{1,2}/.*)\\.js$": ["$1.ts", "$1.tsx", "$1.js", "$1"],
};
const react = (version, folder) => ({
  ...shared,
  displayName: `react ${version}`,
  testMatch: ["<rootDir>/test/react/**/*.test.tsx"],
  moduleNameMapper: { ...source, "^(react|react-dom)(/.*)?$": `${folder}/$1$2` },
});

/** @type {import("jest").Config} */
export default {
  // The browser proofs mostly wait.
  maxWorkers: 2,
  projects: [
    {
      ...shared,
      displayName: "client",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      globalSetup: "<rootDir>/test/browser/support/find-chromium.mjs",
      moduleNameMapper: source,
    },
    react(19, "<rootDir>/../node_modules"),
    react(18, "<rootDir>/../test/client/react-18/node_modules"),
  ],
};
