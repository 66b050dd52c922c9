/* eslint-disable @typescript-eslint/no-namespace */
/* eslint-disable no-inner-declarations */
import { parseUsual } from "../../../src/grammar/usual-fields.ts";
import * as pegGrammar from "./pegjs/dist/grammar.js";
/** The user part of an address, with the scheme before it and the "@" behind it. */
const USER_PART = /sips?:[^@<>"\s]*@/gi;
/**
 * Grammar.
 * @internal
 */
export var Grammar;
(function (Grammar) {
    /**
     * Parse.
     * @param input -
     * @param startRule -
     */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    function parse(input, startRule) {
        const parsed = parseUsual(input, startRule);
        return parsed === undefined ? parseByGrammar(input, startRule) : parsed;
    }
    Grammar.parse = parse;
    /**
     * Parse by the full grammar, however usual the input is.
     * @param input -
     * @param startRule -
     */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    function parseByGrammar(input, startRule) {
        // eslint-disable-next-line @typescript-eslint/no-explicit-any
        const options = { startRule };
        try {
            // The grammar decodes the user part. Escaped once more, it stays as its sender wrote it.
            pegGrammar.parse(input.includes("%") ? input.replace(USER_PART, (user) => user.replaceAll("%", "%25")) : input, options);
        }
        catch (e) {
            options.data = -1;
        }
        return options.data;
    }
    Grammar.parseByGrammar = parseByGrammar;
    /**
     * Parse the given string and returns a SIP.NameAddrHeader instance or undefined if
     * it is an invalid NameAddrHeader.
     * @param name_addr_header -
     */
    function nameAddrHeaderParse(nameAddrHeader) {
        // eslint-disable-next-line @typescript-eslint/no-explicit-any
        const parsedNameAddrHeader = Grammar.parse(nameAddrHeader, "Name_Addr_Header");
        return parsedNameAddrHeader !== -1 ? parsedNameAddrHeader : undefined;
    }
    Grammar.nameAddrHeaderParse = nameAddrHeaderParse;
    /**
     * Parse the given string and returns a SIP.URI instance or undefined if
     * it is an invalid URI.
     * @param uri -
     */
    function URIParse(uri) {
        // eslint-disable-next-line @typescript-eslint/no-explicit-any
        const parsedUri = Grammar.parse(uri, "SIP_URI");
        return parsedUri !== -1 ? parsedUri : undefined;
    }
    Grammar.URIParse = URIParse;
})(Grammar = Grammar || (Grammar = {}));
