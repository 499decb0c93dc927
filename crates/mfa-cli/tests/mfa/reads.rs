//! The page on read sets shows what the command writes.

use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn reports_on_the_page_are_what_the_command_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/read-set.md")).unwrap();
    let mut checked = 0;
    for part in page.split("```console\n$ mfa ").skip(1) {
        let (command, rest) = part.split_once('\n').unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_mfa"))
            .current_dir(&root)
            .args(command.split_whitespace())
            .output()
            .unwrap();
        let written = String::from_utf8(output.stdout).unwrap();
        let (expected, rest) = rest.split_once("```").unwrap();
        if expected.is_empty() {
            let (_, block) = rest.split_once("```json\n").unwrap();
            let (block, _) = block.split_once("```").unwrap();
            let expected: Json = serde_json::from_str(block).unwrap();
            assert_eq!(serde_json::from_str::<Json>(&written).unwrap(), expected);
        } else {
            assert_eq!(written, expected);
        }
        checked += 1;
    }
    assert_eq!(checked, 2);
}
