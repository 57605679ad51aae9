// What scripts/jsonata.mjs cuts out of jsonata 2.2.2 and what it puts there: triples of the text at which a cut begins, the
// text with which it ends (null: the first is all of it), and what stands there instead.

const METER = "environment.base.meter";

/** The whole function of that name. */
const fn = (name, by) => [`    function ${name}(`, "\n    }\n", by];
/** The whole function that a variable of the parser holds. */
const local = (name, by) => [`        var ${name} = function`, "\n        };\n", by];
const text = (from, by) => [from, null, by];

export const UTILS = [
  // whoever compares or lists a number as it was written must not look into it
  text(
    "return typeof arg === 'object' && arg !== null ? Object.keys(arg) : [];",
    "return typeof arg === 'object' && arg !== null && !JSON.isRawJSON(arg) ? Object.keys(arg) : [];",
  ),
  text(
    "        if (lhs === rhs) {\n            return true;\n        }\n",
    "        if (lhs === rhs) return true;\n        if (isFunction(lhs) || isFunction(rhs)) return false;\n",
  ),
  ["    // istanbul ignore next\n    var iteratorSymbol", '"@@iterator";\n'],
  fn("isIterable"),
  fn("isPromise"),
  text("        isIterable,\n"),
  text("        isPromise,\n"),
];

export const PARSER = [
  // a regular expression can take hours, and nothing stops one
  ["        var scanRegex = function", "\n        };\n\n        var next", "        var next"],
  text(
    "                return create('regex', scanRegex());",
    "                throw { code: 'REGEX', position: position };",
  ),
  ["                case 'regex':\n                    type =", "break;\n"],
  text('        terminal("(regex)");\n'),
  text("                case 'regex':\n                    result = expr;", "                    result = expr;"),
  // errors are thrown, not collected
  local("remainingTokens"),
  [
    "                if (recover) {\n                    err.remaining = remainingTokens();\n                    err.type",
    "                    throw err;\n                }\n",
    "                throw err;\n",
  ],
  local("handleError", "        var handleError = function (err) { throw err; };\n"),
  ['        infixr("(error)", 10', "\n        });\n"],
  ["                case 'error':\n", "break;\n"],
  [
    "                    if (recover) {\n                        errors.push(err);",
    "                    }\n            }\n",
    "                    throw err;\n            }\n",
  ],
  ["        if (errors.length > 0) {", "        }\n"],
  // nesting is bounded, here and where expressions are copied
  text(
    "            var left;\n            var t = node;\n",
    "            if (++nesting > 200) throw { code: 'NESTED', position: node.position };\n            var left;\n            var t = node;\n",
  ),
  [
    "                left = t.led(left);\n            }\n            return left;\n",
    null,
    "                left = t.led(left);\n            }\n            nesting--;\n            return left;\n",
  ],
  text(
    "        var errors = [];\n",
    "        var nesting = 0, copied = 0;\n        var copy = function (left) {\n            var json = JSON.stringify(left);\n            if ((copied += json.length) > 100000) throw { code: 'COPIED', position: left.position };\n            return JSON.parse(json);\n        };\n",
  ),
  text("arguments: [JSON.parse(JSON.stringify(left))]", "arguments: [copy(left)]"),
  text("this.condition = JSON.parse(JSON.stringify(left));", "this.condition = copy(left);"),
  // operators that are left out
  [
    "        prefix('%', function () {",
    "\n        });\n",
    "        var leftOut = function () { throw { code: 'LEFT_OUT', position: this.position, token: this.value }; };\n        prefix('%', leftOut);\n",
  ],
  [
    "        infix(\"@\", operators['@'], function (left) {",
    "\n        });\n",
    "        infix(\"@\", operators['@'], leftOut);\n",
  ],
  [
    "        infix(\"#\", operators['#'], function (left) {",
    "\n        });\n",
    "        infix(\"#\", operators['#'], leftOut);\n",
  ],
  text(
    "                        // partial function application\n                        this.type = 'partial';\n                        this.arguments.push(node);\n                        advance('?');\n",
    "                        throw { code: 'PARTIAL', position: node.position };\n",
  ),
  text(
    "                case 'partial':\n                    result = {type: expr.type, name",
    "                    result = {type: expr.type, name",
  ),
  [
    "                    } else /* istanbul ignore else */ if (expr.value === '?') {",
    "                    } else {\n",
    "                    } else {\n",
  ],
  // a signature is made into a regular expression
  [
    "                    var sigPos = node.position;",
    "                        return handleError(err);\n                    }\n",
    "                    throw { code: 'SIGNATURE', position: node.position };\n",
  ],
  ["        var ancestorLabel = 0;", "        var processAST = ", "        var processAST = "],
  ["                            if(lstep.type === 'parent') {", "                            }\n"],
  [
    "                            if(typeof predicate.seekingParent !== 'undefined') {",
    "                            }\n",
  ],
  [
    "                        case '@':\n",
    "                        case '~>':\n",
    "                        case '~>':\n",
  ],
  ["                case 'parent':\n                    result = {type: 'parent'", "break;\n"],
  ["        if(expr.type === 'parent' || typeof expr.seekingParent", "        }\n\n", ""],
];

export const FUNCTIONS = [
  // our own stand in their place, or nothing: see src/transformations/functions.ts
  ...["pad", "contains", "match", "replace", "base64encode", "base64decode", "split", "join"].map((name) => fn(name)),
  ...["evaluateMatcher", "formatNumber", "random", "shuffle", "distinct"].map((name) => fn(name)),
  text("lowercase, uppercase, length, trim, pad,\n", "lowercase, uppercase, length, trim,\n"),
  text("        match, contains, replace, split, join,\n        formatNumber, formatBase,", "        formatBase,"),
  text("power, random,\n", "power,\n"),
  text(
    "sort, shuffle, distinct,\n        base64encode, base64decode,  encodeUrlComponent",
    "sort,\n        encodeUrlComponent",
  ),
  text("    var isPromise = utils.isPromise;\n"),
  text("    var deepEquals = utils.isDeepEqual;\n"),
  text(
    "typeof arg === 'object' && !isLambda(arg)) {\n            for (const key of",
    "typeof arg === 'object' && !isFunction(arg)) {\n            for (const key of",
  ),
  // takes the square of the length
  text(
    "result = append.call(this, result, spread.call(this, arg[ii]));",
    "var items = spread.call(this, arg[ii]);\n                if (items === undefined) continue;\n                if (result.sequence) result = new Sequence();\n                [].concat(items).forEach(item => result.push(item));",
  ),
  // calls itself for each item
  [
    "            var merge_iter = function",
    "            return merged;\n",
    "            var merged = [], i = 0, j = 0;\n            while (i < l.length && j < r.length) merged.push(comp(l[i], r[j]) ? r[j++] : l[i++]);\n            return merged.concat(l.slice(i), r.slice(j));\n",
  ],
  // looks at all items, where one is enough
  [
    "                var trues = arg.filter(function (val) {",
    "result = trues.length > 0;\n",
    "                result = arg.some(function (val) { return boolean(val); });\n",
  ],
  [
    "        const size = arg1.length + arg2.length;",
    "        }\n",
    "        if (arg1.length + arg2.length > SEQUENCE_MAX) throw { code: 'D2015', value: SEQUENCE_MAX };\n",
  ],
  text(
    "&& Object.prototype.hasOwnProperty.call(input, key) && !isFunction(input)",
    "&& !JSON.isRawJSON(input) && Object.prototype.hasOwnProperty.call(input, key) && !isFunction(input)",
  ),
];

export const EVALUATOR = [
  // the meter: what enters and leaves each step, what is read whole, what a function of ours is given
  [
    "        environment.base.depth++;",
    "        switch (expr.type)",
    `        ${METER}.enter();\n\n        switch (expr.type)`,
  ],
  [
    "        var exitCallback = ",
    "        if(result && isSequence(result) && !result.tupleStream) {",
    `        ${METER}.leave(result);\n\n        if(result && isSequence(result)) {`,
  ],
  text("        environment.base.depth--;\n"),
  text(
    "        var lhs = evaluate(expr.lhs, input, environment);\n        var op",
    `        var lhs = ${METER}.read(evaluate(expr.lhs, input, environment));\n        var op`,
  ),
  text(
    "var evalrhs = () => evaluate(expr.rhs, input, environment);",
    `var evalrhs = () => ${METER}.read(evaluate(expr.rhs, input, environment));`,
  ),
  text("        if (fn.boolean(condition)) {", `        if (fn.boolean(${METER}.read(condition))) {`),
  text(
    "                } else if (fn.boolean(res)) { // truthy",
    `                } else if (fn.boolean(${METER}.read(res))) {`,
  ),
  text(
    "        return fn.lookup.call(focus, input, expr.value);",
    `        if (Array.isArray(input)) ${METER}.read(input);\n        return fn.lookup.call(focus, input, expr.value);`,
  ),
  text(
    "        var results = focus.createSequence();\n",
    `        var results = focus.createSequence();\n        ${METER}.read(input);\n`,
  ),
  text(
    "            recurseDescendants(input, resultSequence);\n            if",
    `            recurseDescendants(${METER}.read(input), resultSequence);\n            if`,
  ),
  text(
    "            if (proc) {\n                validatedArgs = ",
    `            if (proc) {\n                if (proc[NATIVE]) ${METER}.call(args);\n                validatedArgs = `,
  ),
  [
    "                // `proc.implementation` might be a generator",
    "            } else if (typeof proc === 'function') {",
    `                ${METER}.made(result);\n            } else if (typeof proc === 'function') {`,
  ],
  ["                if (isPromise(result)) {", "                }\n            } else {\n", "            } else {\n"],
  [
    "        } catch(err) {\n            if(proc) {\n                if (typeof err.token == 'undefined'",
    "            throw err;\n        }\n",
  ],
  text("        try {\n            var validatedArgs", "            var validatedArgs"),
  ["            if(typeof proc === 'object') {\n                proc.token", "            }\n"],
  [
    "            if(result.body.procedure.type === 'variable') {",
    "            next.position = result.body.procedure.position;\n",
  ],
  text(
    "                    var match = matches[ii];\n",
    "                    var match = matches[ii];\n                    if (isFunction(match) || Array.isArray(match)) throw { code: 'T2011', position: expr.position, value: '' };\n",
  ),
  text(
    "                            match[prop] = update[prop];\n                        }\n",
    `                            match[prop] = update[prop];\n                        }\n                        ${METER}.forget();\n`,
  ),
  // an object of the event's may have a member of that name
  text("result = input && input.outerWrapper ?", "result = Array.isArray(input) && input.outerWrapper ?"),
  ["            timestamp: enclosingEnvironment ?", "        };\n", "        };\n"],
  ["            var framePushCallback = ", "            newFrame.base", "            newFrame.base"],
  // an empty list of the event's is to stay one
  text("            input.push(undefined);", "            input = [undefined];"),
  // sequences: at most so many items
  [
    "                    var sequence = [];\n",
    "                    sequence.sequence = true;\n",
    "                    var sequence = new Sequence();\n                    sequence.sequence = true;\n",
  ],
  [
    "        if(environment.base.options && size > environment.base.options.sequence) {",
    "        }\n",
    "        if (size > SEQUENCE_MAX) throw { code: 'D2015', value: SEQUENCE_MAX };\n",
  ],
  ["        if(size > 1e7) {", "        }\n"],
  // what is left out: regular expressions, dates in pictures, $eval, partial application, tuples
  ["            case 'regex':\n", "break;\n"],
  ["            case 'parent':\n", "break;\n"],
  ["            case 'partial':\n", "break;\n"],
  ...["evaluateRegex", "evaluatePartialApplication", "partialApplyProcedure", "partialApplyNativeFunction"].map(
    (name) => fn(name),
  ),
  ...["applyNativeFunction", "getNativeFunctionArguments", "functionEval", "functionClone"].map((name) => fn(name)),
  ...["evaluateTupleStep", "createFrameFromTuple", "reduceTupleStream"].map((name) => fn(name)),
  [
    "        if (typeof proc.body === 'function') {",
    "        } else {\n            result = evaluate(proc.body, proc.input, env);\n        }\n",
    "        result = evaluate(proc.body, proc.input, env);\n",
  ],
  ["        var isTupleStream = false;\n", "        // evaluate each step", "        // evaluate each step"],
  ["            if(step.tuple) {", "            }\n"],
  [
    "                if(isTupleStream) {",
    "                } else {\n                    resultSequence = evaluateStep(step, inputSequence, environment, ii === expr.steps.length - 1);\n                }\n",
    "                resultSequence = evaluateStep(step, inputSequence, environment, ii === expr.steps.length - 1);\n",
  ],
  text("            if (!isTupleStream && (typeof", "            if ((typeof"),
  text(
    "            if(typeof step.focus === 'undefined') {\n                inputSequence = resultSequence;\n            }\n",
    "            inputSequence = resultSequence;\n",
  ),
  [
    "        if(isTupleStream) {\n            if(expr.tuple) {",
    "        if(expr.keepSingletonArray) {",
    "        if(expr.keepSingletonArray) {",
  ],
  text("isTupleStream ? tupleBindings : resultSequence", "resultSequence"),
  ["                case 'index':\n", "break;\n"],
  ["        if( input && input.tupleStream) {", "        }\n"],
  ["                if(input.tupleStream) {", "                }\n"],
  text("        var reduce = input && input.tupleStream ? true : false;\n"),
  text("input.length === 0 && !reduce", "input.length === 0"),
  text("reduce ? createFrameFromTuple(environment, item) : environment", "environment"),
  text("evaluate(pair[0], reduce ? item['@'] : item, env)", "evaluate(pair[0], item, env)"),
  ["            if (reduce) {\n", "            }\n"],
  text("        var isTupleSort = input.tupleStream ? true : false;\n"),
  ["                if(isTupleSort) {\n                    context = a", "                }\n"],
  ["                if(isTupleSort) {\n                    context = b", "                }\n"],
  ["                    if (key === '_jsonata_lambda'", "                    }\n"],
  // functions that are our own, or nobody's
  ...[
    "pad",
    "match",
    "contains",
    "replace",
    "split",
    "join",
    "formatNumber",
    "formatInteger",
    "parseInteger",
    "random",
  ].map(bound),
  ...["shuffle", "distinct", "base64encode", "base64decode", "eval", "toMillis", "fromMillis", "clone"].map(bound),
  ["    var errorCodes = {", "    };\n"],
  ["    function populateMessage(", "\n    }\n", ""],
  [
    "        var errors;\n        try {\n",
    "        var environment = createFrame(staticFrame);",
    "        ast = parser(expr);\n        var environment = createFrame(staticFrame);",
  ],
  ["        var timestamp = new Date();", "        return {\n", "        return {\n"],
  [
    "            evaluate: function (input, bindings, callback) {",
    "                const exec_env",
    "            evaluate: function (input, bindings, meter) {\n                const exec_env",
  ],
  [
    "                // capture the timestamp and put",
    "                exec_env.options = options;\n",
    "                exec_env.meter = meter;\n",
  ],
  [
    "                if (options && (options.timeout",
    "                exec_env.base = exec_env;\n",
    "                exec_env.base = exec_env;\n",
  ],
  ["                exec_env.depth = 0;", "                var it;\n"],
  [
    "                try {\n                    it = evaluate",
    "                    throw err;\n                }\n",
    "                return evaluate(ast, input, exec_env);\n",
  ],
  ["            errors: function() {", "            }\n"],
  text(
    "    jsonata.parser = parser; // TODO remove this in a future release - use ast() instead\n",
    "    jsonata.knows = function (name) { return staticFrame.lookup(name) !== undefined; };\n",
  ),
  text("    var isIterable = utils.isIterable;\n"),
  text("    var isPromise = utils.isPromise;\n"),
];

function bound(name) {
  return [`    staticFrame.bind('${name}',`, "\n"];
}
