//! The way to a path: everything whose change can mean that something else is found there.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// How many symbolic links a way may have. It is what Linux follows.
const MOST_LINKS: usize = 40;

/// The way to a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The names that are looked up, each with its folder, which has no symbolic link in it. The
    /// last one need not exist.
    pub(super) looked_up: Vec<PathBuf>,
    /// The folder at the end, when there is one.
    pub(super) folder: Option<PathBuf>,
}

impl Way {
    /// The way to `path` as it is now.
    ///
    /// Links are followed one by one, because each of them can be replaced: a release is often
    /// installed by a link that is then in the middle of the path.
    pub(super) fn to(path: &Path) -> io::Result<Self> {
        let absolute = std::path::absolute(path)?;
        let mut left: VecDeque<Step> = steps(&absolute).collect();
        let mut at = PathBuf::new();
        let mut looked_up = Vec::new();
        let mut links = 0_usize;
        while let Some(step) = left.pop_front() {
            let name = match step {
                Step::From(root) => {
                    at.push(root);
                    continue;
                }
                Step::Up => {
                    at.pop();
                    continue;
                }
                Step::Into(name) => name,
            };
            let next = at.join(name);
            looked_up.push(next.clone());
            let Ok(found) = fs::symlink_metadata(&next) else {
                return Ok(Self {
                    looked_up,
                    folder: None,
                });
            };
            if !found.is_symlink() {
                at = next;
                continue;
            }
            links = links.saturating_add(1);
            let (Ok(target), true) = (fs::read_link(&next), links <= MOST_LINKS) else {
                return Ok(Self {
                    looked_up,
                    folder: None,
                });
            };
            for step in steps(&target).collect::<Vec<_>>().into_iter().rev() {
                left.push_front(step);
            }
        }
        Ok(Self {
            folder: at.is_dir().then_some(at),
            looked_up,
        })
    }

    /// The folders in which the names are looked up.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.looked_up.iter().filter_map(|path| path.parent())
    }

    /// Whether a change at `path` can change what is found.
    pub(super) fn is_changed_by(&self, path: &Path) -> bool {
        let is_inside = |folder: &PathBuf| path.starts_with(folder);
        self.folder.as_ref().is_some_and(is_inside)
            || self.looked_up.iter().any(|looked_up| looked_up == path)
    }
}

/// A part of a path.
enum Step {
    /// A root, a drive.
    From(OsString),
    Up,
    Into(OsString),
}

fn steps(path: &Path) -> impl Iterator<Item = Step> {
    path.components().filter_map(|component| match component {
        Component::Prefix(_) | Component::RootDir => {
            Some(Step::From(component.as_os_str().to_owned()))
        }
        Component::CurDir => None,
        Component::ParentDir => Some(Step::Up),
        Component::Normal(name) => Some(Step::Into(name.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::Way;
    use std::fs;
    use std::path::PathBuf;
    use tempfile::TempDir;

    /// A folder, and its path without symbolic links.
    fn folder() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let real = folder.path().canonicalize().expect("it is there");
        (folder, real)
    }

    /// What is looked up from `below` on.
    fn looked_up<'w>(way: &'w Way, below: &PathBuf) -> Vec<&'w str> {
        let inside = way.looked_up.iter();
        let inside = inside.filter_map(|path| path.strip_prefix(below).ok());
        let inside = inside.filter_map(|path| path.to_str());
        inside.filter(|path| !path.is_empty()).collect()
    }

    #[test]
    fn each_name_on_the_way_is_looked_up() {
        let (_kept, root) = folder();
        fs::create_dir_all(root.join("srv/rules")).expect("folders");
        let way = Way::to(&root.join("./srv/../srv/rules")).expect("a way");
        assert_eq!(looked_up(&way, &root), ["srv", "srv", "srv/rules"]);
        assert_eq!(way.folder, Some(root.join("srv/rules")));
        assert!(way.looked_up.contains(&root), "{way:?}");
    }

    #[test]
    fn the_way_ends_where_nothing_is() {
        let (_kept, root) = folder();
        fs::create_dir(root.join("srv")).expect("a folder");
        let way = Way::to(&root.join("srv/gone/rules")).expect("a way");
        assert_eq!(looked_up(&way, &root), ["srv", "srv/gone"]);
        assert_eq!(way.folder, None);
        assert!(way.is_changed_by(&root.join("srv/gone")));
        assert!(!way.is_changed_by(&root.join("srv/other")));
    }

    #[test]
    fn a_file_at_the_end_is_no_folder() {
        let (_kept, root) = folder();
        fs::write(root.join("a.rhai"), "1").expect("a file");
        let way = Way::to(&root.join("a.rhai")).expect("a way");
        assert_eq!(looked_up(&way, &root), ["a.rhai"]);
        assert_eq!(way.folder, None);
    }

    #[test]
    fn what_is_in_the_folder_at_the_end_counts() {
        let (_kept, root) = folder();
        let way = Way::to(&root).expect("a way");
        assert!(way.is_changed_by(&root.join("a/b.rhai")));
        assert!(!way.is_changed_by(&root.with_extension("other")));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_one_by_one_wherever_they_are() {
        use std::os::unix::fs::symlink;
        let (_kept, root) = folder();
        fs::create_dir_all(root.join("releases/2/rules")).expect("folders");
        symlink("releases/latest", root.join("current")).expect("a link");
        symlink(root.join("releases/2"), root.join("releases/latest")).expect("a link");
        let way = Way::to(&root.join("current/rules")).expect("a way");
        assert_eq!(
            looked_up(&way, &root),
            [
                "current",
                "releases",
                "releases/latest",
                "releases",
                "releases/2",
                "releases/2/rules"
            ]
        );
        assert_eq!(way.folder, Some(root.join("releases/2/rules")));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_in_a_circle_lead_nowhere() {
        use std::os::unix::fs::symlink;
        let (_kept, root) = folder();
        symlink("b", root.join("a")).expect("a link");
        symlink("a", root.join("b")).expect("a link");
        let way = Way::to(&root.join("a")).expect("a way");
        assert_eq!(way.folder, None);
        assert!(way.is_changed_by(&root.join("a")) && way.is_changed_by(&root.join("b")));
    }
}
