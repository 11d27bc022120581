/** Written in by the build: the version of the script, and a hash of the parts that it loads on demand. */
declare const VERSION: string;
declare const PARTS: string;
