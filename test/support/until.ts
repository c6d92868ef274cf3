/** Waits until it is so. @throws {Error} when it is not within `milliseconds` */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  milliseconds = 5000,
): Promise<number> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > milliseconds) throw new Error("it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - began;
}
