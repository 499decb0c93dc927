//! The bare loop: each thread reads its part of the file, and writes to nowhere.

use super::CLIENTS_WITH_MFA;
use memchr::{memchr, memrchr};
use serde::Deserialize;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

const BLOCK: usize = 256 << 10;

/// The fields that the rule looks at, and the time.
#[derive(Deserialize)]
struct Line<'t> {
    #[serde(borrow)]
    user: User<'t>,
    #[serde(borrow)]
    context: Context<'t>,
    now: &'t str,
}

#[derive(Deserialize)]
struct User<'t> {
    #[serde(borrow)]
    app_metadata: AppMetadata<'t>,
}

#[derive(Deserialize)]
struct AppMetadata<'t> {
    #[serde(borrow)]
    use_mfa: Flag<'t>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Flag<'t> {
    Boolean(bool),
    Number(f64),
    Text(&'t str),
    Missing(()),
}

#[derive(Deserialize)]
struct Context<'t> {
    #[serde(rename = "clientID")]
    client_id: &'t str,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) lines: usize,
    pub(crate) required: usize,
}

/// Reads every line of the file, and writes `size` bytes for each.
pub(crate) fn read(logins: &Path, size: usize, threads: NonZeroUsize) -> io::Result<Found> {
    let length = std::fs::metadata(logins)?.len();
    let threads = u64::try_from(threads.get()).unwrap_or(1);
    let part = length.div_ceil(threads);
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|index| {
                let begin = index.saturating_mul(part);
                scope.spawn(move || read_part(logins, begin, begin.saturating_add(part), size))
            })
            .collect();
        let mut all = Found::default();
        for part in parts {
            let part = part
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            all.lines += part.lines;
            all.required += part.required;
        }
        Ok(all)
    })
}

/// Reads the lines that begin within a part of the file.
fn read_part(logins: &Path, begin: u64, end: u64, size: usize) -> io::Result<Found> {
    let mut file = File::open(logins)?;
    // From the byte before, because a line may begin with the part.
    file.seek(SeekFrom::Start(begin.saturating_sub(1)))?;
    let mut found = Found::default();
    let mut block = vec![0; BLOCK];
    let line = vec![b'x'; size];
    let mut written = Vec::with_capacity(BLOCK);
    let mut filled = 0;
    let mut is_begun = begin == 0;
    let mut at = begin.saturating_sub(1);
    loop {
        let read = file.read(&mut block[filled..])?;
        if read == 0 {
            return Ok(found);
        }
        filled += read;
        let Some(last) = memrchr(b'\n', &block[..filled]) else {
            continue;
        };
        let mut rest = &block[..=last];
        while let Some(length) = memchr(b'\n', rest) {
            if is_begun {
                if at >= end {
                    return Ok(found);
                }
                found.take_in(&rest[..length])?;
                written.extend_from_slice(&line);
                if written.len() >= BLOCK {
                    io::sink().write_all(black_box(&written))?;
                    written.clear();
                }
            }
            is_begun = true;
            rest = &rest[length + 1..];
            at += u64::try_from(length).unwrap_or(0) + 1;
        }
        block.copy_within(last + 1..filled, 0);
        filled -= last + 1;
    }
}

impl Found {
    fn take_in(&mut self, line: &[u8]) -> io::Result<()> {
        let line: Line<'_> = serde_json::from_slice(line)?;
        let is_flagged = match line.user.app_metadata.use_mfa {
            Flag::Boolean(flag) => flag,
            Flag::Number(flag) => flag != 0.0,
            Flag::Text(flag) => !flag.is_empty(),
            Flag::Missing(()) => false,
        };
        self.lines += 1;
        let is_listed = CLIENTS_WITH_MFA.contains(&line.context.client_id);
        self.required += usize::from(is_flagged && is_listed);
        black_box(line.now);
        Ok(())
    }
}
