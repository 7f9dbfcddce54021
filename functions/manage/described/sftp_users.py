"""Accounts of the SFTP server."""

from pydantic import Field

from escuta.directory.model import SftpUser
from manage import sftp_users
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, page, shape

SftpUserShown = shape(SftpUser)


class SftpServerShown(Shown):
    """Where files are dropped by SFTP."""

    host: str = Field(description='"": there is no server.')
    port: int
    fingerprint: str = Field(description='Of the server\'s key, as a client shows it; "": nobody told it.')


OPERATIONS: Operations = {
    sftp_users.server: Operation(name="get_sftp_server", query=Asked, answer=SftpServerShown),
    sftp_users.listing: Operation(name="list_sftp_users", query=Listing, answer=page(SftpUserShown)),
    sftp_users.create: Operation(
        name="create_sftp_user", body=sftp_users.NewSftpUser, answer=SftpUserShown, statuses=(201,)
    ),
    sftp_users.get: Operation(name="get_sftp_user", query=Asked, answer=SftpUserShown),
    sftp_users.change: Operation(
        name="change_sftp_user", body=sftp_users.SftpUserPatch, answer=SftpUserShown, matched=True
    ),
    sftp_users.delete: Operation(name="delete_sftp_user", query=Asked, answer=SftpUserShown, matched=True),
    sftp_users.add_key: Operation(name="add_sftp_key", body=sftp_users.NewSftpKey, answer=SftpUserShown, matched=True),
    sftp_users.drop_key: Operation(name="drop_sftp_key", query=Asked, answer=SftpUserShown, matched=True),
}
