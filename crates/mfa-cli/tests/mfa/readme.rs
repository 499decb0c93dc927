//! The transcript in the README is what the command writes.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_first_command_of_the_readme_writes_what_stands_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, transcript) = readme.split_once("```console\n").unwrap();
    let (transcript, _) = transcript.split_once("```\n").unwrap();
    let (command, expected) = transcript.split_once('\n').unwrap();
    let arguments = command
        .strip_prefix("$ cargo run -p mfa-cli -- ")
        .expect("the first command runs the binary");
    let output = Command::new(env!("CARGO_BIN_EXE_mfa"))
        .current_dir(&root)
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    assert_eq!(std::str::from_utf8(&output.stderr), Ok(""));
    assert_eq!(std::str::from_utf8(&output.stdout), Ok(expected));
    assert_eq!(output.status.code(), Some(0));
}
