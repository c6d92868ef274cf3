/** Loaded before any library, because libraries look at this when they are loaded themselves. */
process.env.NODE_ENV = "production";
