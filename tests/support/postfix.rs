//! A private Postfix: its own configuration, queue and ports; the system's is not touched.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use redress::sandbox::Home;
use tokio::net::TcpStream;

/// A running Postfix; it ends when dropped.
pub struct Postfix {
    pub port: u16,
    keeper: Child,
    _home: Home,
}

impl Postfix {
    /// Starts one that relays everything to a mail server on a port of this machine, and refuses mail to
    /// `refused@…` itself. `None` where it can't run: not installed, or we aren't root.
    pub async fn start(next_hop: u16) -> Option<Postfix> {
        let installed = Path::new("/usr/sbin/postfix").exists();
        if !rustix::process::getuid().is_root() || !installed {
            println!("skipped: Postfix runs only as root, and where it is installed");
            return None;
        }
        // its processes change their user: only a folder that all may enter will do
        let home = Home::new(Path::new("/tmp")).unwrap();
        let folder = home.path().to_owned();
        std::os::unix::fs::chown(&folder, Some(0), Some(0)).unwrap();
        for name in ["conf", "queue", "data"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        let owner = Command::new("chown")
            .arg("postfix")
            .arg(folder.join("data"))
            .status()
            .unwrap();
        assert!(owner.success());
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let root = folder.display();
        fs::write(
            folder.join("conf/main.cf"),
            format!(
                "compatibility_level = 3.6\nqueue_directory = {root}/queue\ndata_directory = {root}/data\n\
                 maillog_file_prefixes = {root}\nmaillog_file = {root}/log\nmyhostname = relay.test\n\
                 mydestination =\nmynetworks = 127.0.0.0/8\ninet_interfaces = loopback-only\n\
                 inet_protocols = ipv4\nalias_maps =\nalias_database =\nlocal_recipient_maps =\n\
                 relayhost = [127.0.0.1]:{next_hop}\n\
                 smtpd_recipient_restrictions = check_recipient_access inline:{{{{refused@customers.test = 550 5.1.1 no such user}}}}, permit_mynetworks, reject\n\
                 smtpd_relay_restrictions = permit_mynetworks, reject\nsmtp_tls_security_level = none\n\
                 smtputf8_enable = no\n"
            ),
        )
        .unwrap();
        fs::write(
            folder.join("conf/master.cf"),
            format!(
                "127.0.0.1:{port} inet n - n - - smtpd\npickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n\
                 qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n\
                 defer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nverify unix - - n - 1 verify\n\
                 smtp unix - - n - - smtp\nrelay unix - - n - - smtp\nerror unix - - n - - error\n\
                 retry unix - - n - - error\ndiscard unix - - n - - discard\nlocal unix - n n - - local\n\
                 anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n"
            ),
        )
        .unwrap();
        // it stays up for as long as somebody holds the other end of its standard input
        let keeper = Command::new("sh")
            .arg("-c")
            .arg("postfix -c \"$0\" start && cat >/dev/null; postfix -c \"$0\" stop")
            .arg(folder.join("conf"))
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::piped())
            .stderr(fs::File::create(folder.join("output")).unwrap())
            .spawn()
            .unwrap();
        let postfix = Postfix {
            port,
            keeper,
            _home: home,
        };
        let up = super::wait(async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        assert!(up, "Postfix doesn't listen");
        Some(postfix)
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // whatever it says, its folder goes next
        let _ = self.keeper.wait();
    }
}
