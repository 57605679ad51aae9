/** Expressions of somebody who means ill, and payloads of somebody who does: each ends, soon, with a reason. */
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/transformations/compile";
import { INPUT_DEPTH_MAX, INPUT_MAX } from "../../../src/transformations/event";
import { STEPS_MAX } from "../../../src/transformations/meter";
import { transform } from "../../../src/transformations/transform";
import { eventOf, made } from "./event";

const TOO_MANY_STEPS = "The expression takes more than 100,000 steps";
const TOO_DEEP = "The expression goes more than 300 levels deep; does a function call itself without end?";
const TOO_LARGE = "A value grows over 1,000,000 characters";
const TOO_LONG = "A list may have 10000 items";
/** A value whose JSON would have 2^60 numbers, in 60 lists. */
const DOUBLED = "$f := function($v, $n) { $n = 0 ? $v : $f([[$v, $v]], $n - 1) }; $x := $f([1], 60)";

describe("an expression that is refused as it is saved", () => {
  it.each([
    [
      "a regular expression",
      "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaab', /(a+)+$/)",
      "Regular expressions are left out",
      41,
    ],
    ["one that is split by", "$split(body, /,/)", "Regular expressions are left out", 14],
    ["$eval", "$eval(code)", "$eval is left out", 5],
    ["$eval by another name", "($e := $eval; $e(code))", "$eval is left out", 12],
    ["chance", "$random()", "$random is left out", 7],
    ["order by chance", "$shuffle([1..9])", "$shuffle is left out", 8],
    ["numbers as words", "$formatInteger(3, 'w')", "$formatInteger is left out", 14],
    ["numbers of words", "$parseInteger('three', 'w')", "$parseInteger is left out", 13],
    ["matching by a function", "$match('a', $sum)", "$match is left out", 6],
    ["a date in a picture", "$fromMillis(1, '[Y]')", "$fromMillis takes 1 arguments here", 12],
    ["a date read by a picture", "$toMillis('1', '[Y]')", "$toMillis takes 1 arguments here", 10],
    ["the time in a picture", "$now('[Y]')", "$now takes 0 arguments here", 5],
    ["a picture of a number that is not understood", "$formatNumber(1, '#.#.#')", "The picture #.#.# is none", null],
    [
      "options of a picture, one of which has no end",
      "$formatNumber(1, '0', {'zero-digit': ''})",
      "$formatNumber takes 2 arguments here",
      14,
    ],
    ["a function that nobody knows", "$upper('a')", "There is no $upper", 6],
    ["a variable that nobody sets", "order.id + $vat", "There is no $vat", 15],
    ["the parent of a value", "order.%", "The operator % is left out", 7],
    ["a variable for each step", "order@$o.id", "The operator @ is left out", 6],
    ["the position of each step", "items#$i.id", "The operator # is left out", 6],
    [
      "a signature, which would become a regular expression",
      `function($a)<${"s+".repeat(30)}:s> { 1 }`,
      "A function is written without a signature",
      13,
    ],
    ["a function with arguments left open", "$pad(?, 1000000)", "A function cannot be called with ?", 6],
    ["no expression at all", "", "The expression ends too early", 0],
    ["half a one", "order.", "The expression ends too early", 6],
    ["two", "a b", "b does not belong here", 3],
    ["an open text", "'abc", "The text has no closing quote", 4],
    ["more than 4 KB", `'${"ö".repeat(2_048)}'`, "The expression is longer than 4096 bytes", null],
    ["brackets within each other", "(".repeat(2_000), "The expression is nested too deeply", 201],
    ["signs before each other", `${"-".repeat(4_000)}1`, "The expression is nested too deeply", 201],
    ["conditions within each other", `${"a?b:".repeat(1_000)}c`, "The expression is nested too deeply", 799],
    [
      "?? that is copied within each other",
      `${"(".repeat(40)}a${"??b)".repeat(40)}`,
      "?? and ?: stand within each other too often",
      null,
    ],
    [
      "?: that is copied within each other",
      `${"(".repeat(40)}a${"?:b)".repeat(40)}`,
      "?? and ?: stand within each other too often",
      null,
    ],
  ])("has %s", (_what, expression, failed, place) => {
    const refused = compile(expression);
    expect(refused.failed).toContain(failed);
    if (place !== null) expect(refused).toMatchObject({ place });
  });

  it("may be named as what is left out, where it sets the name itself", () => {
    expect(made("($random := 4; $random)", "{}")).toBe("4");
    expect(made("function($match) { $match }(5)", "{}")).toBe("5");
  });
});

describe("an expression that has no end, or a large one", () => {
  it.each([
    ["calls itself for ever", "($f := function() { $f() }; $f())", TOO_MANY_STEPS],
    ["calls itself for ever, with something left to do", "($f := function($n) { 1 + $f($n) }; $f(1))", TOO_DEEP],
    ["calls two in turn", "($f := function() { $g() }; $g := function() { $f() }; $f())", TOO_MANY_STEPS],
    ["calls itself through a built-in function", "($f := function($v) { $map([1], $f) }; $f(1))", TOO_DEEP],
    ["makes a list for each item of a list", "[1..9999].([1..9999])", TOO_MANY_STEPS],
    ["makes a list of 10 million", "[1..10000000]", TOO_LONG],
    ["makes a list of a number's size", "[1..9007199254740991]", TOO_LONG],
    ["appends for ever", "$reduce([1..9999], function($all, $n) { $append($all, [1..1000]) }, [])", TOO_LONG],
    ["appends one by one", "$reduce([1..9999], function($all, $n) { $append($all, $n) }, [])", TOO_MANY_STEPS],
    ["doubles a text", "($f := function($t, $n) { $n = 0 ? $t : $f($t & $t, $n - 1) }; $f('ab', 60))", TOO_LARGE],
    ["pads a text", "$pad('', 1000000000)", TOO_LARGE],
    ["pads it to the left", "$pad('', -1000000000)", TOO_LARGE],
    ["pads it without end", "$pad('', 1e308)", TOO_LARGE],
    ["pads one for each item", "$map([1..9999], function($n) { $pad('', 999999) })", TOO_MANY_STEPS],
    ["replaces each character", "$replace($pad('', 99999, 'a'), 'a', $pad('', 99999, 'b'))", TOO_LARGE],
    ["joins with a long text", "$join([1..9999].$string(), $pad('', 99999))", TOO_LARGE],
    ["splits again and again", "$map([1..9999], function($n) { $split($pad('', 99999), '') })", TOO_MANY_STEPS],
    ["writes a value that is far larger than it is", `(${DOUBLED}; $string($x))`, TOO_LARGE],
    ["gives one", `(${DOUBLED}; $x)`, TOO_LARGE],
    ["compares two", `(${DOUBLED}; $x = $f([1], 60))`, TOO_LARGE],
    ["asks whether one is true", `(${DOUBLED}; $x ? 1 : 2)`, TOO_LARGE],
    ["asks for both", `(${DOUBLED}; $x and 1)`, TOO_LARGE],
    ["asks for the other", `(${DOUBLED}; 0 or $x)`, TOO_LARGE],
    ["filters by one", `(${DOUBLED}; [1][$x])`, TOO_LARGE],
    ["looks for a name in one", `(${DOUBLED}; $x.a)`, TOO_LARGE],
    ["takes all members of one", `(${DOUBLED}; {"a": $x}.*)`, TOO_LARGE],
    ["goes through one", `(${DOUBLED}; $x.**)`, TOO_LARGE],
    ["clones one", `(${DOUBLED}; $clone($x))`, TOO_LARGE],
    ["changes one", `(${DOUBLED}; {"a": $x} ~> |$|{"b": 1}|)`, TOO_LARGE],
    ["makes one by changing", "{'a': 1} ~> |($v := $; $map([1..60], function() { $v }))|{'a': [[a, a]]}|", TOO_LARGE],
    [
      "makes one by changing what was looked at before",
      "{'a': [1], 'n': 0} ~> |($v := $; $map([1..24], function() { $v }))|{'a': [[a, a]], 'n': n + 1, 's': n = 0 ? $string($)}|",
      TOO_LARGE,
    ],
    ["puts a value into itself", "{'a': {}} ~> |a|{'b': $}|", TOO_LARGE],
    ["makes a list long by its length", "{'a': [[1]]} ~> |a|{'length': 4294967295}|", "A transform changes objects"],
    ["compares each with each", "[1..9999][$ in [1..9999]]", TOO_MANY_STEPS],
    ["sorts slowly", "$sort([1..9999], function($a, $b) { $a < $b })", TOO_MANY_STEPS],
    ["sums texts of numbers for ever", "1".concat("+1".repeat(1_900)), TOO_DEEP],
    ["divides by nothing", "1 / 0", "The result holds a number that is none"],
    ["divides nothing by nothing", "{'a': [0 / 0]}", "The result holds a number that is none"],
    ["reckons with what is too large", "1e308 * 10 + 1", "A number is too large"],
    ["gives a function", "$sum", "The result holds a function"],
    ["hides one", "{'a': [function() { 1 }]}", "The result holds a function"],
    ["gives nothing", "missing", "The expression gives nothing for this event"],
  ])("%s, and fails", (_what, expression, failed) => {
    expect(made(expression, "{}")).toContain(failed);
  });

  it("does its work where that is much, but not too much", () => {
    const result = transform("$sum([1..9999].($ * 2))", eventOf("{}"));
    expect(result).toMatchObject({ body: "99990000" });
    expect(result.failed === undefined && result.steps < STEPS_MAX).toBe(true);
  });
});

describe("an expression that reaches for what is not its own", () => {
  it.each([
    ["a built-in function's inside", "$ ~> |$sum|{'implementation': 1}|", "A transform changes objects, by an object"],
    [
      "a function of its own",
      "($f := function() { 1 }; $ ~> |$f|{'body': {'type': 'regex'}}|)",
      "A transform changes objects, by an object",
    ],
    ["the parts of one", "$spread($sum)", "The result holds a function"],
    ["the names of one", "$keys($sum)", "The expression gives nothing for this event"],
    ["a prototype", "$lookup($, '__proto__')", "The expression gives nothing for this event"],
    ["a prototype by path", "__proto__.constructor", "The expression gives nothing for this event"],
    ["a constructor", "constructor", "The expression gives nothing for this event"],
    ["a method of texts", "'abc'.length", "The expression gives nothing for this event"],
    ["the length of a list", "[1, 2].length", "The expression gives nothing for this event"],
  ])("does not get %s", (_what, expression, expected) => {
    expect(made(expression, '{"a":1}')).toBe(expected);
    expect(made("$sum([1, 2])", "{}")).toBe("3");
  });

  it("leaves prototypes as they are", () => {
    expect(made("$ ~> |$|{'__proto__': {'polluted': 1}}|", "{}")).toBe('{"__proto__":{"polluted":1}}');
    expect(made("{'__proto__': {'polluted': 1}}", "{}")).toBe('{"__proto__":{"polluted":1}}');
    expect(made("polluted", "{}")).toBe("The expression gives nothing for this event");
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("keeps what one run sets from the next", () => {
    expect(made("($x := 1; $sum := function() { 5 }; $sum())", "{}")).toBe("5");
    expect(made("$sum([1])", "{}")).toBe("1");
  });
});

describe("a payload that looks like the evaluator's own", () => {
  it.each([
    ["a function", '{"_jsonata_lambda":true,"thunk":true,"body":{"type":"regex"},"arguments":[]}'],
    ["a built-in one", '{"_jsonata_function":true,"implementation":"x"}'],
    ["a wrapper", '{"outerWrapper":true,"first":"x"}'],
    ["a stream", '{"tupleStream":true,"@":1}'],
    ["a sequence", '{"sequence":true,"keepSingleton":true,"length":4294967295,"cons":true}'],
    ["a promise", '{"then":1,"next":2}'],
    ["a prototype", '{"__proto__":{"a":1},"constructor":{"prototype":{}}}'],
    ["a raw number", '{"rawJSON":"1"}'],
  ])("is data as any other: %s", (_what, payload) => {
    expect(made("$", payload)).toBe(payload);
    expect(made("$$", payload)).toBe(payload);
    expect(made("{'a': $}", payload)).toBe(`{"a":${payload}}`);
    expect(made("[$]", payload)).toBe(`[${payload}]`);
    expect(made("$map([$], function($v) { $v })", payload)).toBe(payload);
    expect(made("$type($)", payload)).toBe('"object"');
    expect(made("$merge([$, {}])", payload)).toBe(payload);
    expect(made("$ ~> |$|{}|", payload)).toBe(payload);
  });

  it.each([
    [
      "is too large",
      `"${"x".repeat(INPUT_MAX)}"`,
      `The event is larger than ${INPUT_MAX} bytes; larger ones are not transformed`,
    ],
    [
      "is too large in bytes",
      `"${"ö".repeat(INPUT_MAX / 2)}"`,
      `The event is larger than ${INPUT_MAX} bytes; larger ones are not transformed`,
    ],
    [
      "is too deep",
      "[".repeat(INPUT_DEPTH_MAX + 1) + "]".repeat(INPUT_DEPTH_MAX + 1),
      "The event is nested deeper than 100 levels; deeper ones are not transformed",
    ],
  ])("is not transformed when it %s", (_how, payload, failed) => {
    expect(made("1", payload)).toBe(failed);
  });

  it("is transformed at its limits", () => {
    expect(made("1", "[".repeat(INPUT_DEPTH_MAX) + "]".repeat(INPUT_DEPTH_MAX))).toBe("1");
    expect(made("$length($)", `"${"x".repeat(INPUT_MAX - 2)}"`)).toBe(String(INPUT_MAX - 2));
  });

  it("makes no result larger than 1 MB, in bytes", () => {
    expect(made("$pad('', 600000, 'ö')", "{}")).toBe("The result is larger than 1000000 bytes");
  });
});

describe("a failure", () => {
  it.each([
    ["{'a': order.id + 1}", "Left of + must be a number", 16],
    ["$sum(order)", "The list that $sum is given holds something of the wrong kind", 5],
    ["(1; $number('x'))", "x is no number", 12],
    ["$error('Only paid orders')", "Only paid orders", 7],
  ])("says what and where: %s", (expression, failed, place) => {
    const result = transform(expression, eventOf('{"order":{"id":"A-1"}}'));
    expect(result).toEqual({ failed, place });
  });

  it("shows little of a long value", () => {
    expect(made("$number($)", `"${"x".repeat(10_000)}"`)).toBe(`${"x".repeat(100)}… is no number`);
  });
});
