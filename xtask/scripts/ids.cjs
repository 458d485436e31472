// IDs as the API writes them: their 26 digits of Crockford's alphabet are a UUID's 128 bits.
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** An ID's UUID. */
const uuid = (id) => {
  let bits = 0n;
  for (const digit of id.split("_")[1]) bits = bits * 32n + BigInt(DIGITS.indexOf(digit));
  return bits.toString(16).padStart(32, "0").replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
};

/** An ID's digits, from a UUID in hexadecimal notation. */
const digits = (hex) => {
  let bits = BigInt(`0x${hex.replaceAll("-", "")}`);
  let text = "";
  for (let count = 0; count < 26; count += 1, bits >>= 5n) text = DIGITS[Number(bits & 31n)] + text;
  return text;
};

module.exports = { digits, uuid };
