import { describe, expect, test } from "vitest";
import { getVariable, setVariable } from "../../../src/node/dotenv/dotenv-quoting.ts";

const bom = "\uFEFF";

describe("a variable is set in that line only", () => {
  test.each([
    ["no final newline", "A=1", "A=1\nKEY=new\n"],
    ["CRLF", "A=1\r\nKEY=old\r\nB=2\r\n", "A=1\r\nKEY=new\r\nB=2\r\n"],
    ["a BOM", `${bom}KEY=old\n`, `${bom}KEY=new\n`],
    ["export, quotes and a comment", 'export KEY="old" # note\n', "export KEY=new # note\n"],
    ["a comment that holds it", "# KEY=old\n", "# KEY=old\nKEY=new\n"],
    ["a value that holds it", 'P="x\nKEY=inside\n"\nKEY=old\n', 'P="x\nKEY=inside\n"\nKEY=new\n'],
    ["similar names, and a blank", "MYKEY=1\nKEY_2=2\nKEY =old\n", "MYKEY=1\nKEY_2=2\nKEY=new\n"],

    ["nothing", "", "KEY=new\n"],
    ["a BOM alone", bom, `${bom}KEY=new\n`],
    ["no final newline, and CRLF", "A=1\r\nB=2", "A=1\r\nB=2\r\nKEY=new\r\n"],
    ["no value", "KEY=\nB=2\n", "KEY=new\nB=2\n"],
    ["no value, and a comment", "KEY= # note\n", "KEY=new # note\n"],
    ["no final newline after it", "A=1\nKEY=old", "A=1\nKEY=new"],
    ["single quotes", "KEY='old'\n", "KEY=new\n"],
    ["backticks, which a shell would run", "KEY=`old`\n", "KEY=new\n"],
    ["no value, and a command of a shell that has a blank", "export A=\nKEY=old\n", "export A=\nKEY=new\n"],
    ["a colon at the end of another's value", "A=http:\nKEY=old\n", "A=http:\nKEY=new\n"],
    ["a value that starts with `=`", "KEY==a=\n", "KEY=new\n"],
    ["a substitution in another's single quotes", "A='x\n$(y) \"'\nKEY=old\n", "A='x\n$(y) \"'\nKEY=new\n"],
    ["a value of several lines", "KEY='a\nb\n' # note\nB=2\n", "KEY=new # note\nB=2\n"],
    ["a value of several lines in CRLF", 'KEY="a\r\nb"\r\nB=2\r\n', "KEY=new\r\nB=2\r\n"],
    ["a `#` that is a comment to some", "KEY=a#b\n", "KEY=new\n"],
    ["a value that readers disagree on", "KEY='a'\"b\" # note\n", "KEY=new # note\n"],
    ["blanks at the end", "KEY=old  \n", "KEY=new  \n"],
    ["blanks around `=`, which a shell cannot read", "  KEY  =  old\n", "  KEY=new\n"],
    ["escaped quotes in another's value", 'J="{\\"a\\": 1}"\nKEY=old\n', 'J="{\\"a\\": 1}"\nKEY=new\n'],
    ["commands of a shell", 'set -a\n[ "$A" = "b" ] && B=2\nKEY=old\n', 'set -a\n[ "$A" = "b" ] && B=2\nKEY=new\n'],
    [
      "a tab before a comment, which Docker Compose takes for a part of a bare value",
      "KEY=a\t# b\n",
      "KEY='new'\t# b\n",
    ],
    ["a tab before a comment of another line", "KEY=old\nB=b\t# b\n", "KEY=new\nB=b\t# b\n"],
    ["a line that Docker Compose takes for two", "KEY='a'KEY=b\n", "KEY=new\n"],
    ["something after it that may belong to the line before", "KEY=old\nA\n=b\n", "KEY=new\nA\n=b\n"],
    ["something after it that may belong to another value", "KEY=old\nA=\n'b'\n", "KEY=new\nA=\n'b'\n"],
    ["something odd after it", "KEY=old\nNAME=Bob's\n", "KEY=new\nNAME=Bob's\n"],
  ])("with %s", (_, before, after) => {
    expect(setVariable(before, "KEY", "new")).toBe(after);
    expect(getVariable(after, "KEY")).toBe("new");
  });
});

describe("a value is quoted only if it must be", () => {
  test.each([
    ["abc_DEF-123", "KEY=abc_DEF-123\n"],
    ["a+b/c==", "KEY=a+b/c==\n"],
    ["a b", "KEY='a b'\n"],
    [`a"b\`\\n#`, `KEY='a"b\`\\n#'\n`],
    ["it's", `KEY="it's"\n`],
    ["~", "KEY='~'\n"],
    ["é☃", "KEY='é☃'\n"],
    ["", "KEY=''\n"],
  ])("%j", (value, written) => {
    expect(setVariable("", "KEY", value)).toBe(written);
    expect(getVariable(written, "KEY")).toBe(value);
  });

  test.each([
    ["KEY='old'\n", "it's", 'KEY="it\'s"\n'],
    ['KEY="old"\n', 'a"b', "KEY='a\"b'\n"],
    ['KEY="old"\n', "a b", 'KEY="a b"\n'],
    ["KEY=old\n", "a b", "KEY='a b'\n"],
  ])("in other quotes than before if it must: %j", (before, value, after) => {
    expect(setVariable(before, "KEY", value)).toBe(after);
  });

  test.each([
    [
      `it's "x"`,
      "it has characters that need quotes, and in ' quotes, Node, dotenv, Next.js, a shell, Docker Compose, systemd would read another value",
    ],
    ["s3cr$t a", "in ' quotes, Next.js would read another value; in \" quotes, Node"],
    ["it's \\d", 'in " quotes, Docker Compose would read another value. Nothing was changed. If only one program'],
    ["s3cret\\", "in ' quotes, Node"],
    ["s3cr\u0002", "in ' quotes, systemd would read another value"],
    ["s3cr\u{10fffe}", "in ' quotes, systemd would read another value"],
    ["s3cret\nline", ": it has a line break or a NUL"],
    ["s3cret\r", ": it has a line break or a NUL"],
    ["s3cret\0", ": it has a line break or a NUL"],
    ["s3cret\u2028", ": it has a line break or a NUL"],
    ["s3cret\ud800", ": it is not well-formed Unicode"],
  ])("or refused if no quotes will do: %j, and the message names the readers, but not the value", (value, reason) => {
    const setting = () => setVariable("", "KEY", value);
    expect(setting).toThrow("the secret cannot be written");
    expect(setting).toThrow(reason);
    expect(setting).not.toThrow(value.slice(0, 4));
  });
});

describe("a file that one program alone reads", () => {
  test.each([
    ["node", "s3cr$t a", "KEY='s3cr$t a'\n"],
    ["shell", "it's \\d", `KEY="it's \\d"\n`],
    ["docker", "s3cret-1", "KEY=s3cret-1\n"],
  ] as const)("is written as %s reads it: %s", (reader, value, written) => {
    expect(setVariable("", "KEY", value, reader)).toBe(written);
    expect(getVariable(written, "KEY", reader)).toBe(value);
  });

  test("takes no quotes, if that reader takes none", () => {
    const message = /docker run --env-file would read another value.* changed. Use a file or exec sink$/;
    expect(() => setVariable("", "KEY", "a b", "docker")).toThrow(message);
    expect(() => setVariable("", "KEY", "it's $x", "next")).toThrow('in " quotes, Next.js would read another value');
    expect(() => setVariable("", "KEY", "it's\\", "next")).toThrow('in " quotes, Next.js would read another value');
    expect(() => setVariable("", "KEY", "it's\\", "node")).toThrow('in " quotes, Node would read another value');
    expect(() => getVariable("KEY='a'\n", "KEY", "docker")).toThrow("docker run --env-file may read another value");
    expect(setVariable("KEY='a'\n", "KEY", "b", "docker")).toBe("KEY=b\n");
  });

  test.each(["export KEY=a\n", "KEY=a # note\n", "# note \\\nKEY=a\n", "A=1 # note \\\r\nKEY=a\r\n"])(
    "is refused, if that reader takes the rest of %j for a part of name or value",
    (text) => {
      for (const reader of ["docker", "systemd"] as const) {
        expect(() => setVariable(text, "KEY", "b", reader)).toThrow(/has more than KEY and its value/);
        expect(() => getVariable(text, "KEY", reader)).toThrow(/has more than KEY and its value/);
      }
      expect(getVariable(setVariable(text, "KEY", "b"), "KEY")).toBe("b");
      // Only systemd would drop this value, and it cannot read the line anyway.
      expect(getVariable(setVariable(text, "KEY", "s3cr\u0002"), "KEY")).toBe("s3cr\u0002");
    },
  );

  test.each(["# a\\b\nKEY=a\n", "  KEY = a", "KEY=a\r\nexport B=1 # note \\\r\n"])(
    "is written, if that reader takes nothing else of %j for a part of name or value",
    (text) => {
      for (const reader of ["docker", "systemd"] as const)
        expect(getVariable(setVariable(text, "KEY", "b", reader), "KEY", reader)).toBe("b");
      expect(() => setVariable(text, "KEY", "s3cr\u0002")).toThrow("systemd would read another value");
    },
  );

  test("is refused, if that reader takes the carriage return of a Windows line end for a part of the value", () => {
    for (const text of ["KEY=a\r\n", "KEY=a # note\r\nB=2\n"]) {
      expect(() => setVariable(text, "KEY", "b", "shell")).toThrow("has Windows line ends, which a shell reads");
      expect(setVariable(text, "KEY", "b", "node")).toBe(text.replace("a", "b"));
    }
    expect(setVariable("A=1\r\nKEY=a\n#\r\n", "KEY", "b", "shell")).toBe("A=1\r\nKEY=b\n#\r\n");
  });

  test("need not be one that Node reads alike", () => {
    expect(setVariable("export\tKEY=1\n", "KEY", "new", "shell")).toBe("export\tKEY=new\n");
  });

  test("is refused, if that reader takes a line of another value for the variable", () => {
    const text = "KEY=a\nA='\n KEY=b\n'\n";
    expect(() => setVariable(text, "KEY", "new", "docker")).toThrow("line 3 starts like a line that sets KEY");
    expect(setVariable(text, "KEY", "new", "node")).toBe(text.replace("=a", "=new"));
  });

  test("can be read back, whatever stood around its `=` before", () => {
    const written = setVariable("KEY =  ''\n", "KEY", "s3cr\u0002", "node");
    expect(getVariable(written, "KEY", "node")).toBe("s3cr\u0002");
    expect(() => setVariable("KEY =  ''\n", "KEY", "s3cr\u0002")).toThrow("systemd");
  });

  // systemd takes the first line for a variable then, even if it is a comment, up to the end of the quote in it.
  test.each([`${bom}KEY=a\n`, `${bom}# A="\nKEY=a\n`])(
    "is refused, if that reader does not know the BOM of %j",
    (text) => {
      for (const reader of ["shell", "systemd"] as const) {
        expect(() => setVariable(text, "KEY", "b", reader)).toThrow("starts with a byte order mark");
        expect(() => getVariable(text, "KEY", reader)).toThrow("starts with a byte order mark");
      }
      for (const reader of ["docker", undefined] as const)
        expect(getVariable(setVariable(text, "KEY", "b", reader), "KEY", reader)).toBe("b");
      expect(getVariable(setVariable(text, "KEY", "s3cr\u0002"), "KEY")).toBe("s3cr\u0002");
    },
  );
});

describe("a file is refused", () => {
  test.each([
    ["KEY=1\nX=2\nKEY=3\n", "KEY is set twice, in lines 1 and 3"],
    ["A='\n\n'\nKEY=1\nexport KEY='2'\n", "KEY is set twice, in lines 4 and 5"],
    ['A="x\nKEY=1\n', "line 1 opens a quote that is never closed"],
    ["B=1\n\nNAME=Bob's\nKEY=1\n", "line 3 does not close a quote"],
    ["NAME=Bob's\nOTHER=Al's\nKEY=1\n", "line 1 does not close a quote"],
    ["NAME=Bob's\n", "line 1 does not close a quote"],
    ["KEY=it's\n", "line 1 does not close a quote"],
    ["KEY=1\nNAME=Bob's\nKEY=2\n", "line 2 does not close a quote"],
    ["A=1\\\nKEY=1\n", "line 1 does not close a quote or a substitution, or ends in a backslash"],
    ["A=$(echo\nKEY=1\n", "line 1 does not close a quote"],
    ["A=${B\nKEY=1\n", "line 1 does not close a quote"],
    ["A=a<<END\nKEY=1\nEND\n", "line 1 does not close"],
    ["A='a\\'\nKEY='1'\n", "line 1 has a backslash before its last quote"],
    ['A="a\\\\"\nKEY="1"\n', "line 1 has a backslash before its last quote"],
    ["A='a\\'b'\nKEY=1\n", "line 1 has a backslash before its last quote"],
    ['A="a\\"\nKEY=1\n', "line 1 has a backslash before its last quote"],
    ['A=`a\n"b`\nKEY=1\n', "line 1 has a substitution"],
    ["A='a\nb\\'\nKEY='1'\n", "line 1 has a backslash before a quote"],
    ["A='a\nb' c\nKEY=1\n", "line 1 has text after the last quote"],
    ['A="a\n$(b)"\nKEY=1\n', "line 1 has a substitution"],
    ['A="a`b"\nKEY=1\n', "line 1 does not close"],
    ["A=\n'b'\nKEY=1\n", "line 2 starts like the value of the line before"],
    ["A\n=b\nKEY=1\n", "line 2 starts like the value of the line before"],
    ["KEY=\n'b'\n", "line 2 starts like the value of the line before"],
    ["KEY=\n\n # note\n'b'\n", "line 4 starts like the value of the line before"],
    ["KEY=1\nKEY\n=b\n", "line 3 starts like the value of the line before"],
    ["A:\nKEY=1\n", "line 1 ends in a colon"],
    ["A= \nKEY=1\n", "line 1 has a space but no value"],
    ["  # A='\nKEY=1\n", "line 1 opens a quote"],
    ["KEY: 1\n", "line 1 sets KEY in a form that some programs do not read"],
    ["export  A:\nKEY=1\n", "line 1 ends in a colon"],
    ["KEY=1\nKEY:", "line 2 ends in a colon"],
    ["KEY=1\nKEY:x\n", "line 2 sets KEY in a form"],
    ["KEY=1\nA='x'KEY=y\n", "line 2 sets KEY in a form"],
    ["KEY=1\nA='x\nB='KEY=y\n", "line 2 has text after"],
    ["\u00a0KEY=1\n", "line 1 sets KEY in a form that some programs do not read"],
    ["A=1\n\0\n", "line 2 has a NUL"],
    ["A=1\rKEY=1\n", "line 1 has a carriage return without"],
    ["# a\u2028KEY=1\n", "line 1 has a Unicode line separator"],
    ["export\tKEY=1\n", "would read another value of KEY"],
  ])("where readers disagree: %j", (text, message) => {
    expect(() => setVariable(text, "KEY", "s3cret")).toThrow(message);
    expect(() => setVariable(text, "KEY", "s3cret")).not.toThrow("s3cret");
  });

  test.each(["", "1KEY", "A-B", "A.B", "A B", "é", "A\n", "export A", "A="])("where the key is no name: %j", (key) => {
    expect(() => setVariable("", key, "new")).toThrow(/is not a valid name of a variable/);
    expect(() => getVariable("", key)).toThrow(/is not a valid name of a variable/);
  });
});

describe("a variable is read", () => {
  test.each([
    ["KEY=a", "a"],
    ["KEY=", ""],
    ["KEY='a b' # note", "a b"],
    ['export KEY="a b"', "a b"],
    ["KEY=a # note\r\n", "a"],
    [`${bom}KEY=a`, "a"],
  ])("from %j", (text, value) => {
    expect(getVariable(text, "KEY")).toBe(value);
  });

  test.each([
    ["A=1", "the file does not set KEY"],
    ["KEY=1\nKEY=1\n", "is set twice"],
    ["A=1\nKEY=a b\n", "line 2: "],
    ['KEY="$HOME"', "line 1: "],
    ["KEY=a#b", "line 1: "],
    ["KEY='a'b", "line 1: "],
    ["export KEY='a\nb'\n", "line 1: some programs may read another value"],
    ["KEY=`a`", "line 1: "],
    ["KEY=a \t# note", "line 1: Docker Compose may read another value"],
  ])("but not from %j, which is an error", (text, message) => {
    expect(() => getVariable(text, "KEY")).toThrow(message);
  });
});
