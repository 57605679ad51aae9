import * as bundled from "simple-json-match";

type Match = (payload: unknown, filter: unknown) => boolean;

/** The matcher that this language comes from, as it is made for Node: bundled, its export is one level further down. */
export const reference: Match = ((module: object): Match => {
  let found: unknown = module;
  while (typeof found === "object" && found !== null && "default" in found) found = found.default;
  if (typeof found !== "function") throw new Error("simple-json-match exports something else");
  return found as Match;
})(bundled);

/** Every way in which this language is another: why, a payload, a filter, the answer here, the answer there. */
export const DIFFERENCES: [why: string, payload: string, filter: string, here: boolean | "refused", there: boolean][] =
  [
    ["a boolean is no number", '{"a":true}', '{"a":1}', false, true],
    ["a boolean is no number", '{"a":0}', '{"a":false}', false, true],
    ["an empty text is no number", '{"a":""}', '{"a":0}', false, true],
    ["a number has no white space around it", '{"a":" 1"}', '{"a":1}', false, true],
    ["a number is written in decimals", '{"a":"0x10"}', '{"a":16}', false, true],
    [
      "numbers are compared as they were written",
      '{"a":12345678901234567890}',
      '{"a":12345678901234567891}',
      false,
      true,
    ],
    ["numbers are compared as they were written", '{"a":1e400}', '{"a":{"$gt":1e309}}', true, false],

    ["equal is the same everywhere, in $in too", '{"a":"5"}', '{"a":{"$in":[5]}}', true, false],
    ["equal is the same everywhere, in $nin too", '{"a":5}', '{"a":{"$nin":["5"]}}', false, true],
    ["any value can be in $in", '{"a":true}', '{"a":{"$in":[true]}}', true, false],
    ["any value can be in $in", '{"a":null}', '{"a":{"$in":[null]}}', true, false],
    ["any value can be in $in", '{"a":{"b":1}}', '{"a":{"$in":[{"b":1}]}}', true, false],
    ["any value can be in $nin", '{"a":true}', '{"a":{"$nin":[false]}}', true, false],
    ["a number is in $in by itself", '{"a":1}', '{"a":{"$in":1}}', true, false],
    ["$nin of a text holds for what is none", '{"a":5}', '{"a":{"$nin":"x"}}', true, false],
    ["members of equal objects have no order", '{"a":{"b":1,"c":2}}', '{"a":{"$eq":{"c":2,"b":1}}}', true, false],

    ["a list passes when an element does", '{"a":[1,9]}', '{"a":{"$gt":5}}', true, false],
    ["a list passes when an element does", '{"a":["ab"]}', '{"a":{"$startsWith":"a"}}', true, false],
    ["a list passes when an element does", '{"a":["x","y"]}', '{"a":{"$in":["x","z"]}}', true, false],
    ["a list contains its elements", '{"a":["x","y"]}', '{"a":{"$in":"x"}}', true, false],
    ["a list does not contain what is not in it", '{"a":["x","y"]}', '{"a":{"$nin":["z"]}}', true, false],
    ["a list does not contain what is not in it", '{"a":[]}', '{"a":{"$nin":["z"]}}', true, false],

    ["$not is the opposite, at a member too", '{"a":1}', '{"a":{"$not":2}}', true, false],
    ["$not is the opposite, at a member too", '{"a":5}', '{"a":{"$not":{"$in":[1,2]}}}', true, false],
    ["$not is the opposite, where nothing is", "{}", '{"a":{"$not":1}}', true, false],
    ["$not is the opposite, for a list", '{"a":[1,2]}', '{"a":{"$not":3}}', true, false],
    ["$not is the opposite, for a list", '{"a":[{"b":1},{"b":2}]}', '{"a":{"$not":{"b":1}}}', false, true],
    ["$and can stand at a member", '{"a":5}', '{"a":{"$and":[5,{"$gt":1}]}}', true, false],
    ["each of $and may be in another element", '{"a":[1,2]}', '{"a":{"$and":[1,2]}}', true, false],
    ["members beside operators count", '{"a":5}', '{"a":{"$gt":1,"b":2}}', false, true],
    ["members beside operators count", '{"a":{"b":1}}', '{"a":{"$or":[{"b":1}],"c":2}}', false, true],

    ["operators beside a reference count", '{"a":1,"b":1}', '{"a":{"$ref":"b","$gt":5}}', false, true],
    ["a reference can be one of $or", '{"a":"ab","b":"ab"}', '{"a":{"$or":[{"$ref":"b"},1]}}', true, false],
    ["what is referred to is data, never a condition", '{"a":1,"b":{"$gt":0}}', '{"a":{"$ref":"b"}}', false, true],
    ["what is referred to is equal in full", '{"a":{"x":1,"y":2},"b":{"x":1}}', '{"a":{"$ref":"b"}}', false, true],
    ["lists can be equal by reference", '{"a":[1,2],"b":[1,2]}', '{"a":{"$ref":"b"}}', true, false],
    ["nothing is in what a reference did not find", '{"a":2}', '{"a":{"$nin":{"$ref":"b"}}}', true, false],
    ["a path may have any names", '{"a":1,"b-c":1}', '{"a":{"$ref":"b-c"}}', true, false],
    ["a path is no JSONPath", '{"a":1,"b":[1]}', '{"a":{"$ref":"b[*]"}}', "refused", true],
    ["a path is no JSONPath", '{"a":1,"b":[1]}', '{"a":{"$ref":"b[(@.length-1)]"}}', "refused", true],

    ["only an object's own members are there", "{}", '{"constructor":{"$exist":true}}', false, true],
    ["only an object's own members are there", "{}", '{"toString":{"$exist":false}}', true, false],
    ["only an object's own members are there", "{}", '{"__proto__":{}}', false, true],
    ["a member with a dollar is written with two", '{"$eq":1}', '{"$$eq":1}', true, false],
    ["an operator that does not exist is a mistake", '{"$foo":1}', '{"$foo":1}', "refused", true],
    ["$or of nothing is a mistake", '{"a":5}', '{"a":{"$or":[]}}', "refused", false],
    ["$in of nothing is a mistake", '{"a":5}', '{"a":{"$in":[]}}', "refused", false],
    ["a filter of nothing asks for everything", "5", "{}", true, false],
    ["a filter of nothing asks for everything", "[]", "{}", true, false],
  ];
