import { expect, test } from "vitest";
import { commentStart } from "../../../src/node/shell/shell-line.ts";

test.each([
  "# note",
  "a # note",
  "a\t# note",
  "a#b # it's",
  "'a # b' # note",
  `"a # 'b" # note`,
  `"a \\" # b" # note`,
  "$(b # ) # note",
  `$(b ")") # note`,
  `\${b:- # "}"} # note`,
  "`b # \\`` # note",
  `"$(b '"')" # note`,
  "$ # note",
])("a shell takes the last `#` of %j for the start of a comment", (line) => {
  expect(commentStart(line)).toBe(line.lastIndexOf("#"));
});

test.each(["", "a", "a#b", "a\\#", "a\\ # b", "'#'", `"#"`, "$#", "a'b'#", "$(a)#", "a < b"])(
  "a shell finds no comment in %j",
  (line) => {
    expect(commentStart(line)).toBe(line.length);
  },
);

test.each(["a\\", "it's", `"a`, `"a'`, "`a", "$(a", `"$(a"`, "${a", "$(a '", "cat <<END", "a $(b) '"])(
  "to a shell %j continues on the next line",
  (line) => {
    expect(commentStart(line)).toBeUndefined();
  },
);
