#include "checks/tools/command.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int command_run(char *const *words)
{
    posix_spawn_file_actions_t files;
    int status = -1, err;
    char path[64];
    pid_t pid;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    err = posix_spawnp(&pid, words[0], &files, NULL, words, environ);
    if (err == ENOENT) { /* who is not root may lack it on the PATH */
        snprintf(path, sizeof path, "/usr/sbin/%s", words[0]);
        err = posix_spawn(&pid, path, &files, NULL, words, environ);
    }
    posix_spawn_file_actions_destroy(&files);
    while (err == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return err == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}
