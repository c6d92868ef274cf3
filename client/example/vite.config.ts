import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm start` has the service, if not told otherwise. */
const service = process.env.GATEHOUSE_URL ?? "http://127.0.0.1:4000";

export default defineConfig({
  plugins: [react()],
  // One host for the app and the API: the cookie belongs to it.
  server: { proxy: { "/graphql": { target: service, ws: true } } },
  preview: { proxy: { "/graphql": { target: service, ws: true } } },
});
