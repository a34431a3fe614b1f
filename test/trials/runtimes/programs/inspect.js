/** All that can be reached from a value by its properties, where the platform has nothing for it. */
export function inspect(value, seen = new Set()) {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  const entries = value instanceof Headers ? JSON.stringify([...value]) : "";
  return (
    entries +
    Reflect.ownKeys(value)
      .map((key) => `${String(key)}: ${inspect(value[key], seen)}`)
      .join("\n")
  );
}
