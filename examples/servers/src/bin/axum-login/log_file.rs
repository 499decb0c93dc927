//! The file of the decision log, which no login waits for.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// How many lines may wait to be written. What comes when these are waiting is lost and counted,
/// rather than that logins wait for a disk.
const MOST_WAITING: usize = 1024;

/// Appends to a file on a thread of its own. A decision log writes each line at once.
pub(crate) struct LogFile {
    lines: SyncSender<Vec<u8>>,
}

impl LogFile {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        let (lines, waiting) = sync_channel::<Vec<u8>>(MOST_WAITING);
        thread::Builder::new().spawn(move || {
            for line in waiting {
                if let Err(error) = file.write_all(&line) {
                    eprintln!("a line of the decision log is lost: {error}");
                }
            }
        })?;
        Ok(Self { lines })
    }
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let sent = self.lines.try_send(line.to_vec());
        sent.map_err(|_| io::Error::other("too many lines are waiting"))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
