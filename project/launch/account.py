"""Which account does the work (运行账户): whoever owns the data folder, and for a server never root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from project.launch import BASE
from project.launch.words import RefusalError, _

SERVICE_USER = "yishiting"


def owner(folder: Path) -> pwd.struct_passwd | None:
    """The account that owns the folder, when this process is root and the folder exists."""
    if os.geteuid() != 0 or not folder.exists():
        return None
    try:
        return pwd.getpwuid(folder.stat().st_uid)
    except KeyError:
        raise RefusalError(_("The owner of {folder} has no account on this machine.").format(folder=folder)) from None


def for_server(folder: Path, name: str = "") -> pwd.struct_passwd | None:
    """The account a server started by root shall run as; ``None`` when this process is not root.

    Named, else the folder's owner, else the system account ``yishiting``, which is made when it is missing. An empty
    or missing folder is given to it; a filled one that belongs to another account is left alone and refused.
    """
    if os.geteuid() != 0:
        if name and name != pwd.getpwuid(os.geteuid()).pw_name:
            raise RefusalError(_("Only root can serve as another account ({name}).").format(name=name))
        return None
    current = owner(folder)
    if name:
        account = _find(name)
        if account is None:
            raise RefusalError(_("There is no account named {name}.").format(name=name))
    elif current is not None and current.pw_uid != 0:
        account = current
    else:
        account = _find(SERVICE_USER) or _make(SERVICE_USER)
    if account.pw_uid == 0:
        raise RefusalError(_("A hall is not served as root: name another account with --user."))
    filled = folder.exists() and any(folder.iterdir())
    if filled and current is not None and current.pw_uid != account.pw_uid:
        raise RefusalError(
            _("{folder} belongs to {owner}, not to {name}. Give it over with: chown -R {name}: {folder}").format(
                folder=folder, owner=current.pw_name, name=account.pw_name
            )
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return account


def become(account: pwd.struct_passwd | None, folder: Path) -> None:
    """Give up root for good, and check that the account reaches the program and the data."""
    if account is None or account.pw_uid == os.geteuid():
        return
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.environ.update(HOME=account.pw_dir, USER=account.pw_name, LOGNAME=account.pw_name)
    for path in (BASE / "manage.py", Path(sys.executable)):
        if not _readable(path):
            raise RefusalError(
                _(
                    "The account {name} may not read {path}. Put the program where every account can read it, "
                    "for example in /opt or /srv, and start again."
                ).format(name=account.pw_name, path=path)
            )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise RefusalError(
            _("The account {name} does not reach {folder}: choose another folder with --data.").format(
                name=account.pw_name, folder=folder
            )
        )
    try:
        Path.cwd().stat()
        readable = os.access(".", os.R_OK | os.X_OK)
    except OSError:
        readable = False
    if not readable:
        os.chdir("/")


def _readable(path: Path) -> bool:
    # os.access follows the links of a virtual environment to the interpreter itself
    return os.access(path, os.R_OK)


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make(name: str) -> pwd.struct_passwd:
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise RefusalError(_("The account {name} cannot be made here: name one with --user.").format(name=name))
    subprocess.run(
        # the data folder is made by us, 0700; the account can sign in nowhere
        [program, "--system", "--user-group", "--home-dir", f"/var/lib/{name}", "--shell", "/usr/sbin/nologin", name],
        check=True,
    )
    return pwd.getpwnam(name)
